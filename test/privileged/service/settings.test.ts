import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configure } from '#src/privileged/index.js';
import { checkOptions, commandFor } from '#src/privileged/service/settings.js';
import { inChild } from '../../support/child-module.js';
import { testWith } from '../../support/requirements.js';

const ROOT = join(import.meta.dirname, '../../../..');
const SETTINGS = { settings: '#src/privileged/service/settings.js' };
const CONFIG = '/etc/app/rootwrap.conf';

const WRONG: readonly (readonly [options: unknown, said: RegExp])[] = [
  [undefined, /configure takes an object: configure\(\{ config/],
  [null, /takes an object/],
  ['/etc/app/rootwrap.conf', /takes an object/],
  [[], /takes an object/],
  [{ cfg: 'x' }, /no option "cfg"; it has `config`, `command`, `logger`, `startTimeout`/],
  [{ config: '' }, /`config` is the path/],
  [{ config: 7 }, /`config` is the path/],
  [{ config: 'a\0b' }, /`config` is the path/],
  [{ config: null }, /`config` is the path/],
  [{ command: 'sudo' }, /`command` is an array of words/],
  [{ command: [] }, /`command` is an array of words/],
  [{ command: ['sudo', ''] }, /`command` is an array of words/],
  [{ command: ['sudo', 'a\0'] }, /`command` is an array of words/],
  [{ logger: {} }, /`logger` is an object with the methods `debug`, `info`, `warn`, `error`/],
  [{ logger: null }, /`logger` is an object/],
  [{ startTimeout: 0 }, /`startTimeout` is a whole number/],
  [{ startTimeout: 2 ** 31 }, /`startTimeout` is a whole number/],
  [{ startTimeout: '5' }, /`startTimeout` is a whole number/],
];

for (const [options, said] of WRONG) {
  test(`configure refuses ${JSON.stringify(options)} and says what to write`, () => {
    assert.throws(
      () => configure(options as never),
      (error: unknown) => error instanceof TypeError && said.test(error.message),
    );
  });
}

test('a relative path is taken from the working directory at the time of configuring', () => {
  assert.is(checkOptions({ config: 'etc/x.conf' }).config, resolve('etc/x.conf'));
});

test('what was checked cannot be changed by the caller afterwards', () => {
  const command = ['sudo', '-n', 'tsrootwrap'];
  const settings = checkOptions({ config: CONFIG, command });
  command[0] = 'other';
  assert.is(settings.command?.[0], 'sudo');
});

test('console is a logger', () => {
  assert.is(checkOptions({ logger: console }).logger, console);
});

test('a command that is given comes before the configuration, for root as well', () => {
  const settings = checkOptions({ config: CONFIG, command: ['doas', 'tsrootwrap'] });
  assert.equal(commandFor('net', settings), [
    ...['doas', 'tsrootwrap', CONFIG, 'tsrootwrap-privileged'],
    ...['--config', CONFIG, '--context', 'net'],
  ]);
});

testWith(['root'], 'root starts this package’s own starter by its absolute path', () => {
  const words = commandFor('net', checkOptions({ config: CONFIG }));
  const starter = join(ROOT, 'bin/tsrootwrap-privileged');
  assert.equal(words, [resolve(starter), '--config', CONFIG, '--context', 'net']);
});

testWith(['root'], 'anybody else goes through sudo and tsrootwrap', () => {
  const program = `answer = settings.commandFor('net', settings.checkOptions({ config: '${CONFIG}' }));`;
  assert.equal(inChild(SETTINGS, program, { uid: 65_534 }), [
    ...['sudo', '-n', 'tsrootwrap', CONFIG, 'tsrootwrap-privileged'],
    ...['--config', CONFIG, '--context', 'net'],
  ]);
});

test.run();
