import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policyFiles, script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { copyOfSleep, victim } from '../support/victims.js';

const SOURCE = `
import { main } from ${JSON.stringify(import.meta.resolve('#src/cli/tsrootwrap.js'))};
process.exitCode = main(process.argv.slice(1), '/usr/bin/rootwrap');
`;

/** Status, standard output and standard error of one run. */
function run(...words: string[]): [number | null, string, string] {
  const argv = ['--input-type=module', '-e', SOURCE, '--', ...words];
  const child = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return [child.status, child.stdout, child.stderr];
}

const { config, bin } = policyFiles(`
echo: CommandFilter, echo, root
gone: CommandFilter, gone, root
stranger: CommandFilter, id, no-such-user
broken: CommandFilter, broken, root
odd: NoFilter, x
`);
script(join(bin, 'echo'), 'echo "$@"; exit 3');
script(join(bin, 'id'));
const broken = script(join(bin, 'broken'));
writeFileSync(broken, '#!/nonexistent\n');
const WARNING = /^rootwrap: .*test\.filters:7: Skipping unknown filter class \(NoFilter\).*\n/;

function withoutWarning(text: string): string {
  assert.match(text, WARNING);
  return text.replace(WARNING, '');
}

test('an allowed command takes over with its words, its output and its status', () => {
  const [status, stdout, stderr] = run(config, 'echo', '--help', 'a  b', '');
  assert.equal([status, stdout, withoutWarning(stderr)], [3, '--help a  b \n', '']);
});

test('a command that is not allowed ends with 99', () => {
  const [status, stdout, stderr] = run(config, 'rm', '-rf', '/\x1b[2J');
  assert.equal([status, stdout], [99, '']);
  assert.is(
    withoutWarning(stderr),
    'rootwrap: Unauthorized command: rm -rf /\\x1b[2J (no filter matched)\n',
  );
});

test('a missing executable ends with 96', () => {
  const [status, , stderr] = run(config, 'gone');
  assert.is(status, 96);
  assert.is(withoutWarning(stderr), 'rootwrap: Executable not found: gone (filter match = gone)\n');
});

test('without a command the status is 98', () => {
  for (const words of [[], [config], ['/nonexistent']]) {
    assert.equal(run(...words), [98, '', 'rootwrap: No command specified\n']);
  }
});

test('a bad configuration ends with 97', () => {
  const [status, , stderr] = run('/nonexistent/rootwrap.conf', 'echo');
  assert.is(status, 97);
  assert.match(stderr, /^rootwrap: \/nonexistent\/rootwrap\.conf: [^\n]+\n$/);
  const wrong = policyFiles('x: CommandFilter, ls');
  const [wrongStatus, , wrongText] = run(wrong.config, 'ls');
  assert.is(wrongStatus, 97);
  assert.match(wrongText, /test\.filters:2: CommandFilter needs exec, user/);
});

test('an unknown user is an error, and nothing runs', () => {
  const [status, stdout, stderr] = run(config, 'id');
  assert.equal([status, stdout], [97, '']);
  assert.match(stderr, /unknown user: no-such-user \(filter match = stranger\): create it/);
});

test('a command that the system will not run ends with 126', () => {
  const [status, , stderr] = run(config, 'broken');
  assert.is(status, 126);
  assert.match(stderr, /Cannot run .*broken \(filter match = broken\): .*ENOENT/);
});

test('words that are not UTF-8 are refused, never altered', () => {
  const source = join(temporaryDirectory(), 'main.mjs');
  writeFileSync(source, SOURCE.replace('slice(1)', 'slice(2)'));
  const line = `"$1" "$2" "$3" echo "$(printf 'a\\377b')"`;
  const child = spawnSync('sh', ['-c', line, 'sh', process.execPath, source, config], {
    encoding: 'utf8',
  });
  assert.is(child.status, 99);
  assert.is(child.stdout, '');
  assert.match(child.stderr, /holds bytes that are not UTF-8/);
});

test('help and version are told', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(run('--version'), [0, `tsrootwrap ${version}\n`, '']);
  const [status, stdout] = run('--help');
  assert.is(status, 0);
  assert.match(stdout, /^Usage: tsrootwrap CONFIG COMMAND \[ARG\.\.\.\]\n/);
});

testWith(['root'], 'an allowed kill signals the process itself', async () => {
  const program = copyOfSleep(join(temporaryDirectory(), 'snoozed'));
  const { pid, ended } = await victim(program);
  const policy = policyFiles(`x: KillFilter, root, ${program}, -USR1`);
  assert.equal(run(policy.config, 'kill', '-USR1', `${pid}`), [0, '', '']);
  assert.is(await ended(), 'SIGUSR1');
});

testWith(['root'], 'a kill that the user may not send ends with 1', async () => {
  const program = copyOfSleep(join(temporaryDirectory(), 'snoozed'));
  const { pid } = await victim(program);
  const policy = policyFiles(`x: KillFilter, nobody, ${program}, -9`);
  const [status, , stderr] = run(policy.config, 'kill', '-9', `${pid}`);
  assert.is(status, 1);
  assert.match(stderr, /Cannot run \/bin\/kill -9 \d+ \(filter match = x\): .*EPERM/);
});

test.run();
