import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inChild } from '../support/child-module.js';

const modules = { given: '#src/exec/given-environment.js' };

test('the given environment is what the process was started with, byte for byte', () => {
  const program = `process.env.LATER = '1'; delete process.env.B;
    answer = given.givenEnvironment().map((entry) => Buffer.from(entry).toString('latin1'))
      .filter((entry) => !entry.startsWith('NODE_V8_COVERAGE=')); // Node hands that on by itself`;

  const env = { A: 'ü=1', B: '' };
  const utf8 = Buffer.from('ü=1').toString('latin1');
  assert.equal(inChild(modules, program, { env }), ['PATH=/usr/bin:/bin', `A=${utf8}`, 'B=']);
});

test('a variable is known by its whole name, whatever Node makes of it later', () => {
  const program = `process.env.LATER = '1'; process.env.A = '2';
    answer = ['A', 'AB', 'B', 'LATER', 'PATH'].map((name) => given.givenVariable(name) ?? null);`;
  const env = { A: 'ü=1', AB: '', B: 'A=3' };
  assert.equal(inChild(modules, program, { env }), ['ü=1', '', 'A=3', null, '/usr/bin:/bin']);
});

test.run();
