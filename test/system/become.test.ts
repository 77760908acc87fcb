import { mkdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  executable,
  publicPolicy,
  run,
  start,
  throughShell,
  tsrootwrap,
} from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

const own = publicPolicy(
  'any: CommandFilter, program, USER\nsleep: CommandFilter, sleep, USER'.replaceAll(
    'USER',
    userName(),
  ),
  'exec_dirs = bin,/usr/bin',
);

/** Without root a command can only run as who asks for it. */
function userName(): string {
  return run('/usr/bin/id', ['-un']).stdout.trim();
}

/** Makes `program` this shell script. */
function program(body: string): void {
  script(join(own.bin, 'program'), body);
}

test('the command keeps the process id', async () => {
  program('echo $$; read line');
  const running = start(executable(), [own.config, 'program']);
  assert.is(Number(await running.output()), running.pid);
  running.child.stdin?.end();
  assert.is((await running.ended).code, 1);
});

test('no Node is left: the process runs the command itself, without a child', async () => {
  program('echo; exec sleep 1000');
  const running = start(executable(), [own.config, 'program']);
  await running.output();
  for (let i = 0; i < 100; i++) {
    if (/\/sleep$/.test(readlinkSync(`/proc/${running.pid}/exe`))) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.match(readlinkSync(`/proc/${running.pid}/exe`), /\/sleep$/);
  assert.is(readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8'), '');
  assert.match(readFileSync(`/proc/${running.pid}/status`, 'utf8'), /^Threads:\s1$/m);
  running.child.kill('SIGKILL');
});

test('the exit status is the command’s', () => {
  for (const status of [0, 1, 7, 96, 99, 255]) {
    program(`exit ${status}`);
    assert.is(tsrootwrap(own.config, ['program']).status, status);
  }
});

test('a command killed by a signal shows as killed by that signal', () => {
  program('kill -USR2 $$');
  assert.is(tsrootwrap(own.config, ['program']).signal, 'SIGUSR2');
  const shell = throughShell('"$@"; echo $?', own.config, ['program']);
  assert.match(shell.stdout, new RegExp(`^${128 + constants.signals.SIGUSR2}$`, 'm'));
});

test('a signal sent to the process reaches the command', async () => {
  program("trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done");
  const running = start(executable(), [own.config, 'program']);
  assert.is(await running.output(), 'ready\n');
  const next = running.output();
  running.child.kill('SIGTERM');
  assert.is(await next, 'got it\n');
  assert.is((await running.ended).code, 3);
});

test('signals are at their defaults and none is blocked', () => {
  program('exec cat /proc/self/status');
  const line = 'trap "" HUP INT PIPE TERM CHLD USR1 USR2; exec "$@"';
  const { stdout } = throughShell(line, own.config, ['program']);
  const none = '0000000000000000';
  assert.equal(stdout.match(/^Sig(Blk|Ign|Cgt):.*$/gm), [
    `SigBlk:\t${none}`,
    `SigIgn:\t${none}`,
    `SigCgt:\t${none}`,
  ]);
});

test('standard input, output and error are the caller’s own', () => {
  program('cat; echo error >&2');
  const { stdout, stderr } = tsrootwrap(own.config, ['program'], { input: 'words\0\xff' });
  assert.is(stdout, 'words\0\xff');
  assert.is(stderr, 'error\n');
});

test('standard streams are the same open files, not copies through a pipe', () => {
  program('exec readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2');
  const line = 'readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; exec "$@"';
  const { stdout } = throughShell(line, own.config, ['program'], { input: '' });
  const links = stdout.trim().split('\n');
  assert.is(links.length, 6);
  assert.equal(links.slice(3), links.slice(0, 3));
});

testWith(['python3'], 'standard streams stay blocking, or not, as the caller has them', () => {
  const ask = 'import os; print([os.get_blocking(fd) for fd in (0, 1, 2)])';
  program(`exec /usr/bin/python3 -c '${ask}'`);
  assert.is(tsrootwrap(own.config, ['program']).stdout, '[True, True, True]\n');
  const from = 'import os, sys; os.set_blocking(0, False); os.execv(sys.argv[1], sys.argv[1:])';
  const { stdout } = run('/usr/bin/python3', ['-c', from, executable(), own.config, 'program']);
  assert.is(stdout, '[False, True, True]\n');
});

test('the command gets descriptors 0, 1 and 2 and no others', () => {
  program('exec ls /proc/self/fd');
  const line = 'exec 5</etc/passwd 7</etc/passwd 9>/dev/null; exec "$@"';
  const { stdout } = throughShell(line, own.config, ['program']);
  assert.equal(stdout.trim().split('\n'), ['0', '1', '2', '3']); // 3 is what ls lists
});

testWith(['python3'], 'a descriptor with a high number is not passed on either', () => {
  program('exec ls /proc/self/fd');
  // Node marks only the low ones that it finds
  const code =
    'import os, sys; os.dup2(os.open("/etc/passwd", 0), 200); os.execv(sys.argv[1], sys.argv[1:])';
  const { stdout } = run('/usr/bin/python3', ['-c', code, executable(), own.config, 'program']);
  assert.equal(stdout.trim().split('\n'), ['0', '1', '2', '3']);
});

test('a closed standard stream is an open one to the command', () => {
  program('exec readlink /proc/self/fd/0');
  assert.is(throughShell('exec "$@" <&-', own.config, ['program']).stdout, '/dev/null\n');
});

test('the working directory is kept', () => {
  program('exec pwd -P');
  assert.is(tsrootwrap(own.config, ['program'], { cwd: '/usr/share' }).stdout, '/usr/share\n');
});

test('the umask is kept', () => {
  program('umask');
  assert.is(throughShell('umask 0137; exec "$@"', own.config, ['program']).stdout, '0137\n');
});

test('it works in a working directory that has been deleted', () => {
  program('echo here');
  const gone = join(own.directory, 'gone');
  mkdirSync(gone);
  const { stdout, status } = throughShell('rmdir "$PWD"; exec "$@"', own.config, ['program'], {
    cwd: gone,
  });
  assert.is(stdout, 'here\n');
  assert.is(status, 0);
});

test('arguments arrive as they are, empty ones and odd characters too', () => {
  program('for word; do printf "<%s>" "$word"; done');
  const words = ['', ' ', '-x', '--', '$HOME', '*', "'", '"', '\\', 'line\nend', 'Zürich', '😀'];
  const { stdout } = tsrootwrap(own.config, ['program', ...words]);
  assert.is(stdout, words.map((word) => `<${word}>`).join(''));
});

testWith(['python3'], 'a terminal is the command’s: foreground group, size and Ctrl-C', () => {
  program(
    "trap 'echo interrupted; exit 5' INT; test -t 0 && test -t 1 && echo terminal; ps -o pid=,pgid=,tpgid= -p $$; echo ready; while :; do sleep 0.05; done",
  );
  const { stdout } = run('/usr/bin/python3', ['-c', TERMINAL, executable(), own.config, 'program']);
  assert.match(stdout, /terminal/);
  const [, pid, group, foreground] = /(\d+) +(\d+) +(\d+)/.exec(stdout) ?? [];
  assert.is(group, pid);
  assert.is(foreground, pid);
  assert.match(stdout, /interrupted/);
  assert.match(stdout, /status 5/);
});

testWith(['python3'], 'Ctrl-Z stops the command, and it can be continued', () => {
  program('echo ready; exec sleep 1000');
  const { stdout } = run('/usr/bin/python3', ['-c', STOPPED, executable(), own.config, 'program']);
  assert.is(stdout, 'stopped by 20\ncontinued\nended by 9\n');
});

/** Runs its arguments on a new terminal, waits for `ready`, types Ctrl-C and tells the status. */
const TERMINAL = `
import os, pty, sys
pid, master = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'ready' not in seen: seen += os.read(master, 1000)
os.write(master, b'\\x03')
try:
    while True: seen += os.read(master, 1000)
except OSError: pass
print(seen.decode(), 'status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const STOPPED = `
import os, pty, signal, sys, termios
parent, child = os.openpty()
os.setsid()
import fcntl
fcntl.ioctl(child, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(child, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    for fd in (0, 1, 2): os.dup2(child, fd)
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'ready' not in seen: seen += os.read(parent, 1000)
os.write(parent, b'\\x1a')
_, status = os.waitpid(pid, os.WUNTRACED)
print('stopped by', os.WSTOPSIG(status))
os.kill(pid, signal.SIGCONT)
_, status = os.waitpid(pid, os.WCONTINUED)
print('continued' if os.WIFCONTINUED(status) else status)
os.kill(pid, signal.SIGKILL)
_, status = os.waitpid(pid, 0)
print('ended by', os.WTERMSIG(status))
`;

test.run();
