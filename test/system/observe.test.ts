import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObservedLine } from '#src/log/observations.js';
import { daemonPolicy, ME, withDaemon } from '../support/daemon.js';
import {
  executable,
  publicPolicy,
  run,
  SAFE_PATH,
  throughShell,
  tsrootwrap,
} from '../support/executable.js';
import { until } from '../support/patience.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** Starts of the engine at once, and how often. */
const AT_ONCE = 8;
const ROUNDS = 4;

const FILTERS = `good: CommandFilter, good, ${ME}
lost: CommandFilter, /no/such, ${ME}
set: EnvFilter, env, ${ME}, PW=, good
`;

function observed(filters = FILTERS): { config: string; bin: string; file: string } {
  const { config, bin } = publicPolicy(filters, 'exec_dirs = bin\nobserve = observed');
  return { config, bin, file: join(dirname(config), 'observed') };
}

/** Without the empty ones, which may stand behind a line that was looked at while it was written. */
function linesOf(file: string): ObservedLine[] {
  const text = readFileSync(file, 'utf8');
  assert.ok(text.endsWith('\n'), 'the last line has no end');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('each decision is appended before the command runs, whatever it is', () => {
  const { config, bin, file } = observed();
  script(join(bin, 'good'), `tail -n 1 ${file}`);
  const { stdout, stderr, status } = tsrootwrap(config, ['good', 'a b', '\n']);
  assert.is(status, 0, stderr);
  const { plan, filter, command } = JSON.parse(stdout) as ObservedLine;
  assert.equal(command, ['good', 'a b', '\n']);
  assert.equal(plan, { argv: [join(bin, 'good'), 'a b', '\n'], user: ME });
  assert.is(filter?.name, 'good');
  assert.is(filter?.line, 2);
  tsrootwrap(config, ['bad', 'x']);
  tsrootwrap(config, ['such']);
  tsrootwrap(config, ['env', 'PW=secret', 'good']);
  assert.equal(
    linesOf(file).map(({ outcome, command }) => [outcome, ...command]),
    [
      ['allowed', 'good', 'a b', '\n'],
      ['denied', 'bad', 'x'],
      ['not-executable', 'such'],
      ['allowed', 'env', 'PW=...', 'good'],
    ],
  );
  assert.is(statSync(file).mode & 0o7777, 0o600);
});

testWith(['python3'], 'words that are not UTF-8 are marked, since they cannot be told', () => {
  const { config, file } = observed();
  const code =
    'import os, sys; os.execv(sys.argv[1], [os.fsencode(w) for w in sys.argv[1:]] + [b"x\\xff"])';
  run('/usr/bin/python3', ['-c', code, executable(), config, 'good']);
  const [line] = linesOf(file);
  assert.is(line?.outcome, 'denied');
  assert.is(line?.inexact, 'altered');
});

test('many processes at once write whole lines, and none is missing', async () => {
  const { config, bin, file } = observed();
  script(join(bin, 'good'));
  const long = 'x'.repeat(9000);
  const one = (number: string) =>
    new Promise((resolve, reject) => {
      const words = [config, 'good', number, long];
      const child = spawn(executable(), words, { env: { PATH: SAFE_PATH }, stdio: 'ignore' });
      child.once('error', reject).once('exit', resolve);
    });
  const numbers = Array.from({ length: AT_ONCE * ROUNDS }, (_, index) => String(index));
  for (let start = 0; start < numbers.length; start += AT_ONCE) {
    await Promise.all(numbers.slice(start, start + AT_ONCE).map(one));
  }
  const lines = linesOf(file);
  assert.equal(lines.map(({ command }) => command[1]).sort(), [...numbers].sort());
  assert.ok(lines.every(({ command }) => command[2] === long));
});

test('a file that cannot be written is told, and the command runs all the same', () => {
  const { config, bin, file } = observed();
  script(join(bin, 'good'), 'echo ran');
  writeFileSync(file, 'theirs\n', { mode: 0o644 });
  const { stdout, stderr, status } = tsrootwrap(config, ['good']);
  assert.is(stdout, 'ran\n');
  assert.is(status, 0);
  assert.match(stderr, /^tsrootwrap: Cannot observe to [^\n]*mode 0600[^\n]*\n$/);
  assert.is(readFileSync(file, 'utf8'), 'theirs\n');
});

test('the log is told before the file, which a caller can make fail', () => {
  const { config, bin, file } = observed();
  script(join(bin, 'good'));
  writeFileSync(file, 'theirs\n', { mode: 0o644 });
  for (const [words, message] of [
    [['bad'], 'Unauthorized command: bad'],
    [['such'], 'Executable not found: /no/such'],
  ] as const) {
    const [first, second] = tsrootwrap(config, words).stderr.split('\n');
    assert.match(first ?? '', message);
    assert.match(second ?? '', 'Cannot observe to');
  }
});

test("a caller's limit of file sizes costs its own line only", () => {
  const { config, bin, file } = observed();
  script(join(bin, 'good'), 'echo ran');
  const limited = throughShell('ulimit -f 1; exec "$@"', config, ['good', 'x'.repeat(3000)]);
  assert.is(limited.stdout, 'ran\n');
  assert.match(limited.stderr, 'Cannot observe to');
  assert.is(tsrootwrap(config, ['good', 'y']).status, 0);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.is(lines.length, 2);
  assert.throws(() => JSON.parse(lines[0] ?? ''), 'the limit did not cut the line');
  assert.equal(JSON.parse(lines[1] ?? '').command, ['good', 'y']);
});

test('without the key no file is made', () => {
  const { config, bin } = publicPolicy(FILTERS);
  script(join(bin, 'good'));
  assert.is(tsrootwrap(config, ['good']).status, 0);
  assert.is(statSync(join(dirname(config), 'observed'), { throwIfNoEntry: false }), undefined);
});

test('the daemon appends each decision, with the process that asked', async () => {
  const policy = daemonPolicy(FILTERS, 'observe = observed');
  const file = join(dirname(policy.config), 'observed');
  script(join(policy.bin, 'good'));
  await withDaemon(policy, async (daemon) => {
    const client = await daemon.client();
    await client.run(['good', 'a']);
    await client.about(client.request(['bad']));
    await client.run(['good'], { environment: { PW: 'secret' } });
    client.connection.destroy();
  });
  const lines = linesOf(file).filter(({ command }) => command[0] !== 'true');
  assert.not.match(readFileSync(file, 'utf8'), 'secret');
  assert.equal(
    lines.slice(1).map(({ outcome, command }) => [outcome, ...command]),
    [
      ['allowed', 'good', 'a'],
      ['denied', 'bad'],
      ['allowed', 'PW=...', 'good'],
    ],
  );
  assert.ok(lines.every(({ pid }) => pid === process.pid));
  assert.equal(lines[1]?.plan?.argv, [join(policy.bin, 'good'), 'a']);
});

test("the daemon's log is told before the file", async () => {
  const policy = daemonPolicy(FILTERS, 'observe = observed');
  const file = join(dirname(policy.config), 'observed');
  for (const [words, message] of [
    [['bad'], 'Unauthorized command: bad'],
    [['such'], 'Executable not found: /no/such'],
  ] as const) {
    writeFileSync(file, '', { mode: 0o600 });
    chmodSync(file, 0o600);
    await withDaemon(policy, async (daemon) => {
      const client = await daemon.client();
      chmodSync(file, 0o644);
      await client.about(client.request([...words]));
      const said = daemon.complaints;
      assert.ok(said.includes(message) && said.includes('Cannot observe to'), said);
      assert.ok(said.indexOf(message) < said.indexOf('Cannot observe to'), said);
      client.connection.destroy();
    });
  }
});

test('SIGHUP changes the file that the daemon writes to', async () => {
  const policy = daemonPolicy(FILTERS, 'observe = observed');
  script(join(policy.bin, 'good'));
  const second = join(dirname(policy.config), 'second');
  await withDaemon(policy, async (daemon) => {
    const client = await daemon.client();
    const text = readFileSync(policy.config, 'utf8');
    writeFileSync(policy.config, text.replace('observe = observed', 'observe = second'));
    daemon.child.kill('SIGHUP');
    await until('the second file', async () => {
      await client.run(['good']);
      return statSync(second, { throwIfNoEntry: false }) !== undefined;
    });
    client.connection.destroy();
  });
  assert.equal(linesOf(second)[0]?.command, ['good']);
});

test.run();
