import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFits, ctl } from '../../support/ctl.js';

/** The subcommands that the tool itself lists. */
async function subcommands(): Promise<string[]> {
  const { stdout } = await ctl(['--help']);
  return [...stdout.matchAll(/^ {2}tsrootwrapctl ([a-z]+)/gm)].map(([, name]) => name ?? '');
}

test('the tool lists its subcommands, with an example, in 80 columns', async () => {
  const { status, stdout } = await ctl(['--help']);
  assert.is(status, 0);
  assertFits(stdout);
  assert.match(stdout, /^Examples:/m);
  const names = await subcommands();
  for (const name of ['check', 'explain', 'list', 'batch', 'suggest', 'init', 'diff']) {
    assert.ok(names.includes(name), name);
  }
});

test("every subcommand's help has an example and exit codes, in 80 columns", async () => {
  for (const name of await subcommands()) {
    const { status, stdout, stderr } = await ctl([name, '--help']);
    assert.equal([status, stderr], [0, ''], name);
    assertFits(stdout);
    assert.match(stdout, new RegExp(`^Usage: tsrootwrapctl ${name} `), name);
    assert.match(stdout, /^Examples:\n[\s\S]*tsrootwrapctl/m, name);
    assert.match(stdout, /Exit codes?: /, name);
  }
});

test('every subcommand that prints JSON has its schema in docs/schemas', async () => {
  for (const name of await subcommands()) {
    const { stdout } = await ctl([name, '--help']);
    if (stdout.includes('--json')) assert.ok(existsSync(`docs/schemas/${name}.json`), name);
    else assert.is(name, 'completion');
  }
});

test('what cannot be understood ends with 2, says so on standard error, and does nothing', async () => {
  for (const words of [
    [],
    ['no-such'],
    ['--no-such'],
    ...(await subcommands()).map((name) => [name, '--no-such']),
  ]) {
    const { status, stdout, stderr } = await ctl(words);
    assert.equal([status, stdout], [2, ''], words.join(' '));
    assert.match(stderr, /^tsrootwrapctl: .*--help/, words.join(' '));
  }
});

test('`--` is for explain alone', async () => {
  const { status, stderr } = await ctl(['list', 'rootwrap.conf', '--', 'id']);
  assert.is(status, 2);
  assert.match(stderr, /explain/);
});

test('the executable itself runs, by a link too, and says its version', () => {
  const { status, stdout } = spawnSync(process.execPath, ['bin/tsrootwrapctl', '--version'], {
    encoding: 'utf8',
  });
  assert.is(status, 0);
  assert.match(stdout, /^tsrootwrapctl \d+\.\d+\.\d+\n$/);
});

test.run();
