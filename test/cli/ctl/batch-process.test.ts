import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validJson } from '../../support/ctl.js';
import { daemonExecutable, ME } from '../../support/daemon.js';
import { publicPolicy, ROOT, run, SAFE_PATH } from '../../support/executable.js';
import { patiently, until } from '../../support/patience.js';
import { policyFiles, temporaryDirectory } from '../../support/policy-files.js';
import { everyProcess, isAlive } from '../../support/proc.js';
import { testWith } from '../../support/requirements.js';
import { sudoer } from '../../support/sudoers.js';

const CTL = join(ROOT, 'bin/tsrootwrapctl');
const { config } = policyFiles(
  `sh: CommandFilter, /bin/sh, ${ME}\necho: CommandFilter, echo, ${ME}`,
  'exec_dirs = /usr/bin,/bin',
);

const ctl = (words: readonly string[], input: string) =>
  spawnSync(process.execPath, [CTL, ...words], { input, encoding: 'utf8', timeout: 60_000 });

const left: number[] = [];

process.on('exit', () => {
  for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

/** A batch of two commands, the first of which says its process and then stays. */
function staying(...options: string[]) {
  const pidFile = join(temporaryDirectory(), 'pid');
  const child = spawn(process.execPath, [CTL, 'batch', config, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // a process group of its own, as a shell makes one
  });
  child.stdin.end(
    `sh -c 'sleep 1000 & echo $$ $! >${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait'\necho second\n`,
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => (stdout += bytes));
  child.stderr.on('data', (bytes) => (stderr += bytes));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const processes = async () => {
    await until('the first command', () => existsSync(pidFile));
    const pids = readFileSync(pidFile, 'utf8').trim().split(' ').map(Number);
    const daemons = everyProcess().filter(({ parent }) => parent === child.pid);
    left.push(...daemons.map(({ pid }) => pid), ...pids);
    return pids;
  };
  return { child, ended: () => patiently('the end of the batch', ended), processes };
}

test('commands are read from standard input, and printed by the executable', () => {
  for (const words of [
    ['batch', config],
    ['batch', config, '-'],
  ]) {
    const { status, stdout, stderr } = ctl(words, "echo 'a  b'\necho c");
    assert.is(status, 0, stderr);
    assert.is(stdout, 'a  b\nc\n');
  }
});

test('input that is too large is refused as a whole', () => {
  const { status, stdout, stderr } = ctl(['batch', config], `#\n`.repeat(8 * 1024 * 1024 + 1));
  assert.is(status, 2);
  assert.is(stdout, '');
  assert.match(stderr, /more than 16777216 bytes/);
});

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends what runs, starts no more, and leaves nothing`, async () => {
    const { child, ended, processes } = staying('--json', '--keep-going');
    const pids = await processes();
    child.kill(signal);
    const { code, stdout } = await ended();
    assert.is(code, status);
    const reports = validJson(stdout, 'batch') as { outcome: string; interrupted?: boolean }[];
    assert.equal(
      reports.map(({ outcome }) => outcome),
      ['ran', 'not-run'],
    );
    assert.is(reports[0]?.interrupted, true);
    for (const pid of pids) assert.not.ok(isAlive(pid), `${pid} was left`);
  });
}

test('Ctrl-C, which the daemon gets as well, ends what runs and leaves nothing', async () => {
  const { child, ended, processes } = staying('--json');
  const pids = await processes();
  process.kill(-(child.pid ?? 0), 'SIGINT');
  const { code, stdout } = await ended();
  assert.is(code, 130);
  const reports = validJson(stdout, 'batch') as { outcome: string }[];
  assert.equal(
    reports.map(({ outcome }) => outcome),
    ['ran', 'not-run'],
  );
  for (const pid of pids) assert.not.ok(isAlive(pid), `${pid} was left`);
});

test('what runs ends with a batch that is killed, and so does its daemon', async () => {
  const { child, ended, processes } = staying();
  const pids = await processes();
  const daemons = everyProcess().filter(({ parent }) => parent === child.pid);
  assert.is(daemons.length, 1);
  child.kill('SIGKILL');
  await ended();
  await until('the end of all', () =>
    [...pids, ...daemons.map(({ pid }) => pid)].every((pid) => !isAlive(pid)),
  );
});

test('a batch whose reader has gone stops and does not end well', async () => {
  const witness = join(temporaryDirectory(), 'witness');
  const lines = `echo first\nsh -c 'until test -e ${witness}; do :; done'\necho second\necho third\n`;
  const child = spawn(process.execPath, [CTL, 'batch', config], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.stdin.end(lines);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdout.destroy();
  writeFileSync(witness, '');
  assert.is(await patiently('its end', ended), 141);
});

test('a daemon that is killed ends the batch, and its command may have run', async () => {
  const { child, ended, processes } = staying('--json', '--keep-going');
  const pids = await processes();
  const [daemon] = everyProcess().filter(({ parent }) => parent === child.pid);
  process.kill(daemon?.pid ?? 0, 'SIGKILL');
  const { code, stdout } = await ended();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  assert.is(code, 126);
  const reports = validJson(stdout, 'batch') as { outcome: string; reason?: string }[];
  assert.equal(
    reports.map(({ outcome }) => outcome),
    ['lost', 'not-run'],
  );
  assert.match(reports[0]?.reason ?? '', /it may have run or not/);
});

testWith(['root', 'sudo'], 'an ordinary user runs a batch through sudo, as sudoers allow', () => {
  const { config } = publicPolicy(
    'id: RegExpFilter, id, root, id, -u\nname: RegExpFilter, id, root, id, -u, [a-z.]+',
    'exec_dirs = /usr/bin,/bin',
  );
  const daemon = daemonExecutable();
  const { uid, gid } = sudoer(
    [daemon, '--stdio', config],
    `secure_path="${daemon.slice(0, daemon.lastIndexOf('/'))}:${SAFE_PATH}"`,
  );
  const batch = (words: readonly string[], input: string) =>
    run(process.execPath, [CTL, 'batch', ...words], { uid, gid, input });
  const allowed = batch([config, '--sudo'], 'id -u\n');
  assert.is(allowed.stdout, '0\n', allowed.stderr);
  assert.is(allowed.status, 0);
  const refused = batch([config, '--sudo'], 'id -g\n');
  assert.is(refused.status, 99);
  const without = batch([config], 'id -u\n');
  assert.is(without.stdout, `${uid}\n`);
  assert.not.match(without.stderr, /--sudo/);
  const failing = batch([config], 'id -u nobody.at.all\n');
  assert.is(failing.status, 1);
  assert.match(failing.stderr, /Commands ran as you, since you are not root: --sudo/);
  const other = publicPolicy('id: RegExpFilter, id, root, id, -u', 'exec_dirs = /usr/bin,/bin');
  const unknown = batch([other.config, '--sudo'], 'id -u\n');
  assert.is(unknown.status, 126);
  assert.match(unknown.stderr.replace(/\n +/g, ' '), /NOPASSWD rule for exactly this command/);
  chmodSync(config, 0o600);
  const unread = batch([config, '--sudo'], 'id -u\n');
  assert.is(unread.status, 97);
  assert.match(unread.stderr, /rootwrap\.conf: /);
});

test.run();
