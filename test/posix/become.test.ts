import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inNode, listDescriptors, pin, temporaryFolder, testAsRoot } from './program.js';

/** A Node that becomes a shell running `script`, after `before`. */
function becomeShell(script: string, more: object = {}, before = '', input = '') {
  const image = { file: '/bin/sh', argv: ['sh', '-c', script], environment: [], ...more };
  return inNode(`${before}\nposix.become(${JSON.stringify(image)});`, input);
}

/** A Node that fails to become a program and goes on. */
function failToBecome(after: string, more: object = {}) {
  const image = { file: '/bin/nothing', argv: ['x'], environment: [], ...more };
  return inNode(`
    import { readFileSync, readdirSync } from 'node:fs';
    const signals = () => readFileSync('/proc/self/status', 'utf8').match(/^Sig(Blk|Ign|Cgt|Pnd).*$/gm).join();
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = [signals(), descriptors()];
    try { posix.become(${JSON.stringify(image)}); } catch (error) { ${after} }`);
}

test('become keeps the pid', () => {
  const result = becomeShell('echo $$');
  assert.is(result.stdout, `${result.pid}\n`);
});

test('the exit status is the program’s own', () => {
  assert.is(becomeShell('exit 42').status, 42);
});

test('death by a signal is the program’s own', () => {
  assert.is(becomeShell('kill -TERM $$').signal, 'SIGTERM');
});

test('the program reads the terminal or pipe the process had', () => {
  assert.is(becomeShell('read -r line; echo "<$line>"', {}, '', 'hello\n').stdout, '<hello>\n');
});

test('the program has descriptors 0, 1 and 2 and none of Node’s or its inherited ones', () => {
  const before = `
    import { openSync } from 'node:fs';
    for (let i = 0; i < 50; i++) openSync('/dev/null', 'r');`;
  assert.is(becomeShell(listDescriptors, {}, before).stdout, '0\n1\n2\n');
  // Node marks the first sixteen close-on-exec by itself, but not number 60.
  const inner = JSON.stringify({
    file: '/bin/sh',
    argv: ['sh', '-c', listDescriptors],
    environment: [],
  });
  const addon = import.meta.resolve('#src/posix/addon.js');
  const module = `import { posix } from '${addon}'; posix.become(${inner});`;
  const script = 'exec 5</dev/null 60</dev/null; exec "$0" --input-type=module -e "$1"';
  const environment = Object.entries(process.env).map((entry) => entry.join('='));
  const outer = {
    file: '/bin/bash',
    argv: ['bash', '-c', script, process.execPath, module],
    environment,
  };
  assert.is(becomeShell('', outer).stdout, '0\n1\n2\n');
});

test('signals are at their defaults, SIGPIPE too, and none is blocked', () => {
  const before = "process.on('SIGUSR2', () => {});";
  const result = becomeShell('', { file: '/bin/cat', argv: ['cat', '/proc/self/status'] }, before);
  for (const field of ['SigBlk', 'SigIgn', 'SigCgt']) {
    assert.match(result.stdout, new RegExp(`^${field}:\t0{16}$`, 'm'));
  }
});

test('descriptors are as blocking as they were handed over, although Node changed them', () => {
  const before = 'process.stdin.resume(); process.stdout; process.stderr;';
  const argv = [
    'grep',
    'flags',
    '/proc/self/fdinfo/0',
    '/proc/self/fdinfo/1',
    '/proc/self/fdinfo/2',
  ];
  const result = becomeShell('', { file: '/bin/grep', argv }, before);
  const flags = [...result.stdout.matchAll(/flags:\s+(\d+)/g)].map((match) => match[1]);
  assert.is(flags.length, 3);
  for (const octal of flags) assert.is(Number.parseInt(octal ?? '', 8) & 0o4000, 0);
});

test('environment, limit and pins arrive as with spawn', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, 'right');
  const argv = [
    'sh',
    '-c',
    'ulimit -Sn; echo "$A $1"; read -r line <"$1"; echo "$line"',
    'sh',
    file,
  ];
  const result = becomeShell('', { argv, environment: ['A=b'], softNofile: 99, pinned: [pin(4)] });
  assert.match(result.stdout, /^99\nb \/proc\/self\/fd\/\d+\nright\n$/);
});

test('a limit lower than the descriptors that Node has open leaves room for pins', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'right');
  const more = { file: '/bin/cat', argv: ['cat', file], softNofile: 4, pinned: [pin(1)] };
  assert.is(becomeShell('', more).stdout, 'right');
});

testAsRoot('the program has the credentials given', () => {
  const credentials = { uid: 1234, gid: 2345, groups: [7, 8] };
  const argv = ['cat', '/proc/self/status'];
  const status = becomeShell('', { file: '/bin/cat', argv, credentials }).stdout;
  assert.match(status, /^Uid:\t1234\t1234\t1234\t1234$/m);
  assert.match(status, /^Gid:\t2345\t2345\t2345\t2345$/m);
  assert.match(status, /^Groups:\t7 8 ?$/m);
});

test('after failing the process can still say why', () => {
  const result = failToBecome('console.log(error.message, error.step, error.code);');
  assert.is(result.stdout, 'exec /bin/nothing: ENOENT: No such file or directory exec ENOENT\n');
});

test('after failing signals, descriptors and the limit are as before', () => {
  const after = `
    const now = [signals(), descriptors()];
    console.log(now.join() === before.join(), posix.getLimit(7).soft !== 77);`;
  const more = { softNofile: 77, argv: ['x', '/etc/passwd'], pinned: [pin(1)] };
  assert.is(failToBecome(after, more).stdout, 'true true\n');
});

test('after failing Node’s timers, files and children still work', () => {
  const after = `
    const { execFile } = await import('node:child_process');
    setTimeout(() => execFile('/bin/echo', ['alive'], (_, out) => console.log(out.trim())), 5);`;
  assert.is(failToBecome(after).stdout, 'alive\n');
});

test('a NUL byte is refused before anything has changed', () => {
  const result = failToBecome('console.log(error.code, error.step);', { argv: ['a\0b'] });
  assert.is(result.stdout, 'EINVAL exec\n');
});

test.run();
