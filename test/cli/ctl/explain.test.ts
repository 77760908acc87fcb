import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { ROOT, run } from '../../support/executable.js';
import { policyFiles, script } from '../../support/policy-files.js';

const { config, bin } = policyFiles(`
say: CommandFilter, say, root
count: RegExpFilter, count, root, count, [0-9]+
count_hex: RegExpFilter, count, root, count, 0x[0-9a-f]+
gone: CommandFilter, gone, root
stranger: CommandFilter, say2, no-such-user
evil: RegExpFilter, say, root, talk, \\x1b.*
set: EnvFilter, env, root, COLOUR=, say3
`);
for (const name of ['say', 'say2', 'say3', 'count']) script(join(bin, name));

const explained = (...command: string[]) => ctl(['explain', config, '--', ...command]);

async function json(...command: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await ctl(['explain', config, '--json', '--', ...command]);
  return validJson(stdout, 'explain')[0] as Record<string, unknown>;
}

test('an allowed command is told with its filter, its program, its user and its variables', async () => {
  const { status, stdout } = await explained('env', 'COLOUR=red', 'say3', 'hello');
  assert.is(status, 0);
  assert.match(stdout, /^allowed: \['env', 'COLOUR=red', 'say3', 'hello'\]\n/);
  assert.match(stdout, /test\.filters:9: set/);
  assert.match(stdout, /\/bin\/say3/);
  assert.match(stdout, /as +root/);
  assert.match(stdout, /sets +COLOUR=red/);
});

test('a refusal names each filter that came near, and the word that it fell on', async () => {
  const { status, stdout } = await explained('count', 'x');
  assert.is(status, 99);
  assert.match(stdout, /count: x does not match\s+\[0-9\]\+/);
  assert.match(stdout, /count_hex: x does not\s+match\s+0x/);
});

test('a program under another path is told from one that no filter is about', async () => {
  const other = await explained('/opt/say', 'x');
  assert.is(other.status, 99);
  assert.match(other.stdout, /No filter takes \/opt\/say, but there are filters for say/);
  assert.match((await explained('rm', 'x')).stdout, /No filter is about rm\./);
});

test('a missing executable ends with 96', async () => {
  const { status, stdout } = await explained('gone');
  assert.is(status, 96);
  assert.match(stdout, /^not-executable/);
});

test('an unknown user is told, since the engine would stop there', async () => {
  assert.match((await explained('say2')).stdout, /unknown user: no-such-user: the engine\s+would/);
});

test('JSON holds outcome, filter, file, line, plan and misses, by its schema', async () => {
  const allowed = await json('count', '0x10');
  assert.is(allowed.outcome, 'allowed');
  assert.is(allowed.filter, 'count_hex');
  assert.is(allowed.line, 5);
  assert.equal((allowed.plan as { argv: string[] }).argv.slice(1), ['0x10']);
  assert.is((allowed.misses as unknown[]).length, 1);
  assert.is((await json('gone')).outcome, 'not-executable');
  assert.is((await json('count', '')).outcome, 'denied');
});

test('words that look like numbers or options stay as they are', async () => {
  for (const word of ['007', '1e3', '-5', '--help', '--json', '--', '0x1F']) {
    const { plan } = await json('say', word);
    assert.equal((plan as { argv: string[] }).argv.slice(1), [word]);
  }
});

test('a command that is missing ends with 98, a configuration that is broken with 97', async () => {
  const none = await ctl(['explain', config]);
  assert.is(none.status, 98);
  assert.match(none.stderr, /behind `--`/);
  assert.is((await ctl(['explain', '/nonexistent', '--', 'x'])).status, 97);
});

test('the output fits 80 columns, and hostile words cannot steer the terminal', async () => {
  const hostile = 'x\n\x1b[31mallowed: forged\u009b2J\u202e'.padEnd(300, 'y');
  for (const command of [['count', hostile], ['say', hostile], [hostile]]) {
    const { stdout } = await explained(...command);
    assertFits(stdout);
    assert.not.match(stdout, /^allowed: forged/m);
    const { stdout: printed } = await ctl(['explain', config, '--json', '--', ...command]);
    assert.not.match(printed, /[^\n -~]/);
    validJson(printed, 'explain');
  }
});

test('a word cannot pass for a line of the answer, however it is folded', async () => {
  for (let blanks = 30; blanks < 90; blanks++) {
    const { stdout } = await explained('count', `${' '.repeat(blanks)}by /etc/x:1: count`);
    assert.not.match(stdout, /^ {0,4}by /m);
  }
});

test('bytes that are not UTF-8 are denied, as the engine does it, and not judged as other words', () => {
  const shell = 'exec "$0" bin/tsrootwrapctl explain "$@" -- say "$(printf \'x\\377\')"';
  for (const options of [[], ['--json']]) {
    const { status, stdout, stderr } = run(
      '/bin/sh',
      ['-c', shell, process.execPath, config, ...options],
      { cwd: ROOT },
    );
    assert.is(status, 99, stderr);
    assert.match(stderr, /^tsrootwrapctl: denied, .*not UTF-8\n$/);
    if (options.length === 0) assert.is(stdout, '');
    else assert.equal(validJson(stdout, 'explain'), [{ outcome: 'denied', misses: [] }]);
  }
});

test('the character that Node puts in the place of such bytes is a word like others', async () => {
  assert.is((await explained('say', '\ufffd')).status, 0);
});

test.run();
