import { closeSync, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { patiently } from '../support/patience.js';
import { image, inNode, listDescriptors, outputOf } from './program.js';

test('each end of a socket pair hears the other, and of its end', async () => {
  const [left, right] = posix.socketPair().map((fd) => new Socket({ fd, allowHalfOpen: true }));
  left?.end('from the left');
  right?.end('from the right');
  const heard = patiently('both ends', Promise.all([text(left as Socket), text(right as Socket)]));
  assert.equal(await heard, ['from the right', 'from the left']);
});

test('the ends of a socket pair are two sockets of their own each time', () => {
  const fds = [...posix.socketPair(), ...posix.socketPair()];
  assert.is(new Set(fds).size, 4);
  for (const fd of fds) {
    assert.ok(fstatSync(fd).isSocket());
    closeSync(fd);
  }
});

test('no program has one by accident, even one that Node starts', () => {
  const { stdout } = inNode(`
    import { execFileSync } from 'node:child_process';
    posix.socketPair();
    console.log(String(execFileSync('/bin/sh', ['-c', ${JSON.stringify(listDescriptors)}])));`);
  assert.equal(stdout.trim().split('\n'), ['0', '1', '2']);
});

test('a program that was given an end speaks through it', async () => {
  const [ours, theirs] = posix.socketPair();
  const socket = new Socket({ fd: ours });
  const heard = text(socket);
  const cat = image('/bin/sh', ['-c', 'echo hello >&3'], { stdio: [0, 1, 2, theirs] });
  assert.is((await outputOf(cat)).toString(), '');
  closeSync(theirs);
  assert.is(await patiently('the program', heard), 'hello\n');
});

test('without room for two more descriptors there is an error, and none is left', () => {
  const { stdout } = inNode(
    `import { closeSync, openSync } from 'node:fs';
     const opened = [];
     try { for (;;) opened.push(openSync('/dev/null')); } catch {}
     const last = opened.at(-1);
     closeSync(last);
     let refusal;
     try { posix.socketPair(); } catch (error) { refusal = error; }
     const again = openSync('/dev/null');
     for (const fd of opened) closeSync(fd);
     console.log(refusal.code, refusal.syscall, again === last);`,
    '',
    ['/bin/sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'],
  );
  assert.is(stdout, 'EMFILE socketpair true\n');
});

test.run();
