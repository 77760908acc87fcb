import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sudoersText } from '#src/init/sudoers-text.js';
import { checkSudoers } from '#src/init/visudo.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const choices = { program: '/opt/x/y', isFoundByName: true, config: '/etc/c' } as const;
const text = sudoersText({ ...choices, user: 'svc', daemon: 'here and through ssh' });

testWith(['sudo'], 'visudo takes the file that is written, and refuses one with an error', () => {
  assert.equal(checkSudoers(text), { outcome: 'right' });
  assert.is(checkSudoers(`${text}svc ALL=(root\n`).outcome, 'wrong');
});

test('without visudo, or where it does not end by itself, nothing is known', () => {
  assert.is(checkSudoers(text, ['/nonexistent/visudo']).outcome, 'unknown');
  const killed = script(join(temporaryDirectory(), 'visudo'), 'kill -KILL $$');
  assert.is(checkSudoers(text, [killed]).outcome, 'unknown');
});

test('without a user every line that allows something is a comment', () => {
  const lines = sudoersText({ ...choices, user: undefined, daemon: 'here' }).split('\n');
  for (const line of lines) {
    if (line.includes('ALL=')) assert.ok(line.startsWith('#svc ALL='), line);
    if (line.includes('Defaults:')) assert.ok(line.startsWith('#Defaults:svc '), line);
  }
  assert.is(lines.filter((line) => line.startsWith('#svc')).length, 2);
});

test.run();
