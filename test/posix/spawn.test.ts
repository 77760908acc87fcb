import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { RLIMIT } from '#src/posix/limits.js';
import { testWith } from '../support/requirements.js';
import {
  image,
  inNode,
  outputOf,
  pin,
  run,
  shell,
  temporaryFolder,
  testAsRoot,
  thrown,
} from './program.js';

const spawnFailure = (...program: Parameters<typeof image>) =>
  thrown(() => posix.spawn(image(...program)));

test('a child ends with its own exit code', async () => {
  assert.equal(await run(image('/bin/sh', ['-c', 'exit 7'])), { code: 7, signal: null });
});

test('a child killed by a signal says which', async () => {
  assert.equal(await run(image('/bin/sh', ['-c', 'kill -USR1 $$'])), { code: null, signal: 10 });
});

test('the argument vector arrives word for word', async () => {
  const words = ['', ' ', 'a b', "'", '\n', 'é€😀', '-x', '*'];
  const output = await outputOf(image('/usr/bin/printf', ['%s\\0', ...words]));
  assert.equal(output.toString(), words.map((word) => `${word}\0`).join(''));
});

test('the file that runs is `file`, whatever the first word says', async () => {
  const output = await outputOf(image('/bin/cat', [], { argv: ['other', '/proc/self/cmdline'] }));
  assert.equal(output.toString(), 'other\0/proc/self/cmdline\0');
});

test('the environment is the one given and nothing else', async () => {
  const output = await outputOf(
    image('/bin/cat', ['/proc/self/environ'], { environment: ['A=1', 'B=', 'C=ü'] }),
  );
  assert.equal(output.toString(), 'A=1\0B=\0C=ü\0');
});

test('environment bytes that are not UTF-8 arrive unaltered', async () => {
  const entry = Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x80, 0x0a, 0xc3]);
  const output = await outputOf(
    image('/bin/cat', ['/proc/self/environ'], { environment: [entry, new Uint8Array(entry)] }),
  );
  const one = Buffer.concat([entry, Buffer.of(0)]);
  assert.equal(output, Buffer.concat([one, one]));
});

for (const [what, more] of Object.entries({
  file: { file: '/bin/true\0x' },
  argv: { argv: ['true', 'a\0b'] },
  'environment text': { environment: ['A=1\0B=2'] },
  'environment bytes': { environment: [Buffer.from('A=1\0B=2')] },
})) {
  test(`a NUL byte in ${what} is refused`, () => {
    const error = spawnFailure('/bin/true', [], more);
    assert.is(error.code, 'EINVAL');
    assert.is(error.step, 'exec');
    assert.match(error.message, /NUL/);
  });
}

test('half a surrogate pair is refused, for it would arrive as another character', () => {
  for (const word of ['\ud800', 'a\udc00b', '\ud800\ud800', '\udc00\ud800']) {
    assert.is(spawnFailure('/bin/true', [word]).code, 'EILSEQ');
  }
  assert.is(thrown(() => posix.lookupUser('root\udfff')).code, 'EILSEQ');
});

test('an argument vector without a first word is refused', () => {
  assert.is(spawnFailure('/bin/true', [], { argv: [] }).code, 'EINVAL');
});

test('a relative file is refused', () => {
  assert.is(spawnFailure('bin/true', []).code, 'EINVAL');
});

test('a value of the wrong type is refused and never converted', () => {
  for (const wrong of [
    { argv: ['a', 1] },
    { argv: 'a' },
    { environment: [new Uint16Array(2)] },
    { environment: {} },
    { stdio: [0, 1, 2.5] },
    { stdio: [0, 1, -1] },
    { stdio: [0, 1] },
    { newSession: 'yes' },
    { softNofile: -1 },
    { softNofile: '64' },
    { credentials: {} },
    { pinned: [pin(7)] },
  ]) {
    assert.is(spawnFailure('/bin/true', [], wrong as object).code, 'EINVAL', JSON.stringify(wrong));
  }
  assert.throws(() => posix.spawn(undefined as never));
  assert.throws(() => posix.spawn(null as never));
});

test('an exception from a property comes through as it is', () => {
  const trap = {
    get file(): string {
      throw new RangeError('mine');
    },
  };
  assert.throws(
    () => posix.spawn(trap as never),
    (error: Error) => error instanceof RangeError && error.message === 'mine',
  );
});

test('a program that is not there fails at exec with ENOENT', () => {
  const error = spawnFailure('/bin/nothing', []);
  assert.is(error.message, 'exec /bin/nothing: ENOENT: No such file or directory');
  assert.equal({ ...error }, { code: 'ENOENT', errno: 2, syscall: 'execve', step: 'exec' });
  assert.instance(error, Error);
});

test('a file that may not be executed fails at exec with EACCES', () => {
  const error = spawnFailure('/etc/passwd', []);
  assert.equal([error.code, error.step], ['EACCES', 'exec']);
});

test('a path through a file fails at exec with ENOTDIR', () => {
  const error = spawnFailure('/etc/passwd/x', []);
  assert.equal([error.code, error.step], ['ENOTDIR', 'exec']);
});

test('a file that is no program fails at exec with ENOEXEC', () => {
  const file = join(temporaryFolder(), 'text');
  writeFileSync(file, 'echo hello\n', { mode: 0o755 });
  const error = spawnFailure(file, []);
  assert.equal([error.code, error.step], ['ENOEXEC', 'exec']);
});

test('a word longer than the kernel takes fails at exec with E2BIG', () => {
  const error = spawnFailure('/bin/true', ['x'.repeat(200_000)]);
  assert.equal([error.code, error.step], ['E2BIG', 'exec']);
});

test('signals are at their defaults in the child and none is blocked or pending', async () => {
  // Node itself ignores SIGPIPE and catches several; these make sure of one more of each.
  process.on('SIGUSR2', () => {});
  const lines = await shell('while read -r line; do echo "$line"; done </proc/$PPID/status');
  const own = (await outputOf(image('/bin/cat', ['/proc/self/status']))).toString();
  process.removeAllListeners('SIGUSR2');
  assert.not.match(lines.find((line) => line.startsWith('SigIgn')) ?? '', /\t0+$/);
  for (const field of ['SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt']) {
    assert.match(own, new RegExp(`^${field}:\t0{16}$`, 'm'));
  }
});

test('the parent keeps its own signal mask and dispositions', async () => {
  const { readFileSync } = await import('node:fs');
  const signals = () => readFileSync('/proc/self/status', 'utf8').match(/^Sig(Blk|Ign|Cgt).*$/gm);
  const before = signals();
  await run(image('/bin/true', []));
  thrown(() => posix.spawn(image('/bin/nothing', [])));
  assert.equal(signals(), before);
});

test('a child has a session of its own only when asked', async () => {
  // Field 6 of stat: the session.
  const session = 'read -r _ _ _ _ _ session _ </proc/$$/stat; echo $$ $session';
  const [own = ''] = await shell(session, { newSession: true });
  const [shared = ''] = await shell(session);
  assert.is(own.split(' ')[0], own.split(' ')[1]);
  assert.is.not(shared.split(' ')[0], shared.split(' ')[1]);
});

test('the soft descriptor limit arrives and the hard one is untouched', async () => {
  const before = posix.getLimit(RLIMIT.NOFILE);
  const lines = await shell('ulimit -Sn; ulimit -Hn', { softNofile: 64 });
  assert.equal(lines, ['64', String(before.hard ?? 'unlimited')]);
  assert.equal(posix.getLimit(RLIMIT.NOFILE), before);
});

test('a soft limit above the hard one fails at rlimit', () => {
  const { hard } = posix.getLimit(RLIMIT.NOFILE);
  if (hard === null) return;
  const error = spawnFailure('/bin/true', [], { softNofile: hard + 1 });
  assert.equal([error.code, error.step], ['EINVAL', 'rlimit']);
});

testAsRoot('a child has the uid, gid and groups given, real, effective and saved', async () => {
  const status = await outputOf(
    image('/bin/cat', ['/proc/self/status'], {
      credentials: { uid: 1234, gid: 2345, groups: [7, 8, 99_999] },
    }),
  );
  assert.match(status.toString(), /^Uid:\t1234\t1234\t1234\t1234$/m);
  assert.match(status.toString(), /^Gid:\t2345\t2345\t2345\t2345$/m);
  assert.match(status.toString(), /^Groups:\t7 8 99999 ?$/m);
  assert.match(status.toString(), /^CapEff:\t0{16}$/m);
});

testAsRoot('no groups means none, not those of the parent', async () => {
  const credentials = { uid: 1234, gid: 2345, groups: [] };
  const status = await outputOf(image('/bin/cat', ['/proc/self/status'], { credentials }));
  assert.match(status.toString(), /^Groups:\t ?$/m);
});

for (const [what, options] of Object.entries({
  'that a process who is not root has for itself and its children': [
    '--reuid=1000',
    '--inh-caps=+setuid,+setgid,+kill',
    '--ambient-caps=+setuid,+setgid,+kill',
  ],
  'that root would keep by a secure bit': ['--securebits=+no_setuid_fixup'],
})) {
  testAsRoot(`another user is left no capability ${what}`, () => {
    if (!existsSync('/usr/bin/setpriv')) return console.log('SKIP: needs setpriv');
    const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
    const script = `
      import { posix } from ${addon};
      const credentials = { uid: 65534, gid: 65534, groups: [] };
      const { pidfd } = posix.spawn({ file: '/bin/cat', argv: ['cat', '/proc/self/status'],
        environment: [], stdio: [0, 1, 2], credentials });
      posix.onExit(pidfd, () => {});`;
    const { stdout, stderr } = spawnSync(
      '/usr/bin/setpriv',
      [...options, process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    const sets = [...stdout.matchAll(/^Cap(Inh|Prm|Eff|Amb):\t(.*)$/gm)].map((set) => set[2]);
    assert.equal(sets, Array(4).fill('0'.repeat(16)), stderr);
  });
}

testWith(
  ['root', 'strace'],
  'a child that its user stops between the change of credentials and execve is killed, and the parent goes on',
  () => {
    // strace stops it at the last call before execve that only the child makes: the moment is never missed
    const log = join(temporaryFolder(), 'strace');
    const inject = 'inject=capset:signal=SIGSTOP';
    const trace = ['strace', '-f', '-o', log, '-e', 'trace=capset,execve', '-e', inject];
    const { status, stdout, stderr } = inNode(
      `
    import { spawn } from 'node:child_process';
    // without a timer the parent would wait for ever: later the child goes on, and runs the program
    const rescue = spawn('/bin/sh', ['-c', 'sleep 20; kill -CONT $(cat /proc/' + process.pid +
      '/task/*/children)'], { stdio: 'ignore', detached: true });
    const { pid, pidfd } = posix.spawn({ file: '/bin/echo', argv: ['echo', 'runs'], environment: [],
      stdio: [0, 1, 2], credentials: { uid: 54321, gid: 54321, groups: [] } });
    posix.onExit(pidfd, (exit) => {
      process.kill(-rescue.pid, 'SIGKILL');
      console.log(JSON.stringify({ pid, exit }));
    });`,
      '',
      trace,
    );
    assert.is(status, 0, stderr);
    const { pid, exit } = JSON.parse(stdout) as { pid: number; exit: unknown };
    assert.equal(exit, { code: null, signal: 9 });
    const calls = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${pid} `))
      .map((line) => line.replace(/^\d+ +/, '').replace(/\(.*/, ''));
    assert.equal(
      calls.map((line) => line.replace(/ \{.*/, '')),
      ['capset', '--- SIGSTOP', '--- stopped by SIGSTOP ---', '+++ killed by SIGKILL +++'],
    );
  },
);

testAsRoot('no thread of the parent changes identity with the child', async () => {
  await run(image('/bin/true', [], { credentials: { uid: 1234, gid: 2345, groups: [3] } }));
  const { readdirSync, readFileSync } = await import('node:fs');
  for (const thread of readdirSync('/proc/self/task')) {
    assert.match(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'), /^Uid:\t0\t0\t0\t0$/m);
  }
});

testAsRoot('a program the new user may not execute fails at exec', () => {
  const folder = temporaryFolder(); // mode 700
  const file = join(folder, 'program');
  writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
  const credentials = { uid: 1234, gid: 2345, groups: [] };
  const error = spawnFailure(file, [], { credentials });
  assert.equal([error.code, error.step], ['EACCES', 'exec']);
});

testAsRoot('without privileges changing identity fails at setgroups', () => {
  const result = inNode(`
    process.setgroups([]); process.setgid(1234); process.setuid(1234);
    try {
      posix.spawn({ file: '/bin/true', argv: ['true'], environment: [], stdio: [0, 1, 2],
        credentials: { uid: 0, gid: 0, groups: [] } });
    } catch (error) { console.log(error.code, error.step, error.message); }`);
  assert.is(result.stdout, 'EPERM setgroups setgroups: EPERM: Operation not permitted\n');
});

test('the number that means "unchanged" to the system is no uid, gid or group', () => {
  const good = { uid: 0, gid: 0, groups: [] };
  const step = (credentials: object) =>
    spawnFailure('/bin/true', [], { credentials: { ...good, ...credentials } }).step;
  assert.is(step({ uid: 0xffffffff }), 'setuid');
  assert.is(step({ gid: 0xffffffff }), 'setgid');
  assert.is(step({ groups: [0xffffffff] }), 'setgroups');
  assert.is(step({ uid: -1 }), 'setuid');
  assert.is(step({ uid: 2 ** 32 }), 'setuid');
});

test.run();
