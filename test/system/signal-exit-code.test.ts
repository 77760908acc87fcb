import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executable, publicPolicy, run, start, tsrootwrap } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const FILTERS = 'sh: CommandFilter, sh, root\nnobody: CommandFilter, as-nobody, nobody';
const with128 = publicPolicy(FILTERS, 'exec_dirs = /bin,bin\nsignal_exit_code = true');
const plain = publicPolicy(FILTERS, 'exec_dirs = /bin,bin');
script(join(with128.bin, 'as-nobody'), 'echo $$; exec sleep 60');

const shell = (line: string, config = with128.config) => tsrootwrap(config, ['sh', '-c', line]);

/** Whether there is such a process, and it is no zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function end(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10)); // the runner's limit ends it
}

test('a command that a signal ended gives 128 and its number', () => {
  for (const [name, status] of [
    ['SEGV', 139],
    ['TERM', 143],
    ['KILL', 137],
    ['INT', 130],
    ['USR1', 138],
  ] as const) {
    const ended = shell(`kill -${name} $$`);
    assert.equal([ended.status, ended.signal, ended.stderr], [status, null, ''], name);
  }
});

test('without the key the signal is what ends the process', () => {
  assert.is(shell('kill -SEGV $$', plain.config).signal, 'SIGSEGV');
});

test('an exit code stays what it is', () => {
  for (const status of [0, 1, 7, 143, 255]) assert.is(shell(`exit ${status}`).status, status);
});

test('refusals and programs that cannot be started have their own codes', () => {
  assert.is(tsrootwrap(with128.config, ['ls']).status, 99);
  script(join(with128.bin, 'as-nobody-broken'), '');
  const broken = publicPolicy('x: CommandFilter, x, root', 'exec_dirs = bin\nsignal_exit_code = 1');
  run('/bin/sh', ['-c', `echo '#!/nonexistent' > ${broken.bin}/x; chmod 755 ${broken.bin}/x`]);
  const { status, stderr } = tsrootwrap(broken.config, ['x']);
  assert.is(status, 126);
  assert.match(stderr, /Cannot run .*ENOENT/);
});

test('the parent that stays is not Node, and holds no descriptor', async () => {
  const words = [with128.config, 'sh', '-c', 'echo $$ $PPID; exec sleep 60'];
  const parent = start(executable(), words);
  const [child = 0, ppid] = (await parent.output()).trim().split(' ').map(Number);
  assert.is(ppid, parent.pid);
  const fds = run('/bin/sh', ['-c', `readlink /proc/${ppid}/exe; ls /proc/${ppid}/fd`]).stdout;
  assert.is(basename(fds.trim()), 'launcher');
  process.kill(child, 'SIGTERM');
  assert.equal(await parent.ended, { code: 143, signal: null });
});

test('a signal sent to the parent reaches the command, once', async () => {
  const trap =
    'trap "echo TERM" TERM; trap "echo HUP; exit 5" HUP; echo ready; while :; do sleep 0.05; done';
  const parent = start(executable(), [with128.config, 'sh', '-c', trap]);
  assert.is(await parent.output(), 'ready\n');
  process.kill(parent.pid, 'SIGTERM');
  assert.is(await parent.output(), 'TERM\n');
  process.kill(parent.pid, 'SIGHUP');
  assert.is(await parent.output(), 'HUP\n');
  assert.equal(await parent.ended, { code: 5, signal: null });
});

test('SIGKILL of the parent ends the command', async () => {
  const parent = start(executable(), [with128.config, 'sh', '-c', 'echo $$; exec sleep 60']);
  const child = Number(await parent.output());
  process.kill(parent.pid, 'SIGKILL');
  await end(child);
});

testWith(['root'], 'SIGKILL of the parent ends a command of another user too', async () => {
  const parent = start(executable(), [with128.config, 'as-nobody']);
  const child = Number(await parent.output());
  process.kill(parent.pid, 'SIGKILL');
  await end(child);
});

test('who reads the output sees its end when the command closes it', async () => {
  const parent = start(executable(), [with128.config, 'sh', '-c', 'exec >&-; exec sleep 60']);
  const { stdout } = parent.child;
  await new Promise((resolve) => stdout?.once('end', resolve).resume());
  assert.ok(isAlive(parent.pid));
  process.kill(parent.pid, 'SIGKILL');
});

/** Runs a command on a terminal, types, and says what came out and how it ended. */
const ON_TERMINAL = `
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
said = b''
typed = False
while True:
    try: piece = os.read(fd, 1000)
    except OSError: break
    if not piece: break
    said += piece
    if not typed and b'ready' in said:
        typed = True
        os.write(fd, sys.argv[1].encode().decode('unicode_escape').encode())
_, status = os.waitpid(pid, 0)
print(said.count(b'GOT'), os.waitstatus_to_exitcode(status))
`;

testWith(['python3'], 'Ctrl-C reaches the command once, and the parent says how that ended', () => {
  const typed = (line: string) =>
    run('/usr/bin/python3', [
      '-c',
      ON_TERMINAL,
      '\\x03',
      executable(),
      with128.config,
      'sh',
      '-c',
      line,
    ]).stdout;
  const trap =
    'trap "echo GOT; n=x\\$n" INT; echo ready; while [ -z "$n" ]; do sleep 0.05; done; sleep 0.5; exit 4';
  assert.is(typed(trap), '1 4\n');
  assert.is(typed('echo ready; exec sleep 60'), '0 130\n');
});

test.run();
