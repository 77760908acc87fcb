import { closeSync, readdirSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Exit, posix } from '#src/posix/addon.js';
import { testWith } from '../support/requirements.js';
import { children, image, inNode, temporaryFolder, thrown } from './program.js';

const descriptorOf = (socket: Socket) =>
  (socket as unknown as { _handle: { fd: number } })._handle.fd;

test('the peer of a Unix socket is known by pid, uid and gid', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'socket');
  const peer = await new Promise((resolve) => {
    const server = createServer((socket) => {
      resolve(posix.peerCredentials(descriptorOf(socket)));
      socket.destroy();
      server.close();
    });
    server.listen(path, () => connect(path));
  });
  assert.equal(peer, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
});

test('a TCP socket has no peer to trust', async () => {
  const error = await new Promise<Error & { code?: string }>((resolve) => {
    const server = createServer((socket) => {
      resolve(thrown(() => posix.peerCredentials(descriptorOf(socket))));
      socket.destroy();
      server.close();
    });
    server.listen(0, '127.0.0.1', () => connect((server.address() as { port: number }).port));
  });
  assert.is(error.code, 'ENOTCONN');
});

test('a descriptor that is no socket has no peer', () => {
  assert.is(thrown(() => posix.peerCredentials(12_345)).code, 'EBADF');
  const pidfd = posix.pidfdOpen(process.pid);
  assert.is(thrown(() => posix.peerCredentials(pidfd)).code, 'ENOTSOCK');
  closeSync(pidfd);
});

test('a process is signalled by descriptor', async () => {
  const { pid, pidfd } = posix.spawn(image('/bin/sleep', ['60']));
  const held = posix.pidfdOpen(pid);
  posix.pidfdSendSignal(held, 0);
  posix.pidfdSendSignal(held, 15);
  const exit = await new Promise<Exit>((resolve) => posix.onExit(pidfd, resolve));
  assert.equal(exit, { code: null, signal: 15 });
  const error = thrown(() => posix.pidfdSendSignal(held, 0));
  assert.equal([error.code, error.syscall, error.step], ['ESRCH', 'pidfd_send_signal', undefined]);
  assert.is(thrown(() => posix.pidfdOpen(pid)).code, 'ESRCH');
  closeSync(held);
  closeSync(pidfd);
});

test('no number stands for a group of processes or for all of them', () => {
  for (const pid of [0, -1, -process.pid, 1.5, 2 ** 32 + 1]) {
    assert.is(thrown(() => posix.pidfdOpen(pid)).code, 'EINVAL');
  }
});

test('a signal that does not exist is refused', () => {
  const pidfd = posix.pidfdOpen(process.pid);
  for (const signal of [-1, 65, 1.5]) {
    assert.is(thrown(() => posix.pidfdSendSignal(pidfd, signal)).code, 'EINVAL');
  }
  closeSync(pidfd);
  assert.is(thrown(() => posix.pidfdSendSignal(12_345, 0)).code, 'EBADF');
});

test('the descriptor limits are those a shell sees', () => {
  const result = inNode(`
    console.log(JSON.stringify(posix.getLimit(7)));
    posix.become({ file: '/bin/sh', argv: ['sh', '-c', 'ulimit -Sn; ulimit -Hn'], environment: [], softNofile: 50 });`);
  const [own, soft, hard] = result.stdout.split('\n');
  assert.is(soft, '50');
  assert.is(String(JSON.parse(own ?? '').hard ?? 'unlimited'), hard);
});

const NOBODY = { uid: 65534, gid: 65534, groups: [] };

testWith(['root'], 'a signal sent as another user does not reach a process of root', async () => {
  const { pidfd } = posix.spawn(image('/bin/sleep', ['60']));
  const error = thrown(() => posix.signalAs(pidfd, 15, NOBODY));
  assert.equal([error.code, error.step, error.syscall], ['EPERM', 'signal', 'pidfd_send_signal']);
  posix.pidfdSendSignal(pidfd, 12);
  const exit = await new Promise<Exit>((resolve) => posix.onExit(pidfd, resolve));
  assert.equal(exit, { code: null, signal: 12 });
  closeSync(pidfd);
});

testWith(['root'], "a signal sent as another user reaches that user's process", async () => {
  const { pidfd } = posix.spawn(image('/bin/sleep', ['60'], { credentials: NOBODY }));
  posix.signalAs(pidfd, 15, NOBODY);
  const exit = await new Promise<Exit>((resolve) => posix.onExit(pidfd, resolve));
  assert.equal(exit, { code: null, signal: 15 });
  closeSync(pidfd);
});

testWith(['root'], 'sending as another user changes no thread of this process', () => {
  const result = inNode(`
    import { readdirSync, readFileSync } from 'node:fs';
    const own = posix.pidfdOpen(process.pid);
    try { posix.signalAs(own, 0, { uid: 1234, gid: 2345, groups: [7] }); }
    catch (error) { console.log(error.code, error.step); }
    const status = readdirSync('/proc/self/task').map((thread) =>
      readFileSync('/proc/self/task/' + thread + '/status', 'utf8'));
    console.log(status.every((text) => /^Uid:\\t0\\t0\\t0\\t0$/m.test(text)));`);
  assert.is(result.stdout, 'EPERM signal\ntrue\n');
});

testWith(['root'], 'without privileges sending as another fails at setgroups', () => {
  const result = inNode(`
    const own = posix.pidfdOpen(process.pid);
    process.setgroups([]); process.setgid(1234); process.setuid(1234);
    try { posix.signalAs(own, 0, { uid: 0, gid: 0, groups: [] }); }
    catch (error) { console.log(error.code, error.step); }`);
  assert.is(result.stdout, 'EPERM setgroups\n');
});

testWith(['root'], 'sending as another leaves no descriptor and no process', () => {
  const own = posix.pidfdOpen(process.pid);
  const before = [readdirSync('/proc/self/fd').length, children().length];
  for (let n = 0; n < 200; n++) thrown(() => posix.signalAs(own, 0, NOBODY));
  for (let n = 0; n < 200; n++) posix.signalAs(own, 0, { uid: 0, gid: 0, groups: [] });
  assert.equal([readdirSync('/proc/self/fd').length, children().length], before);
  closeSync(own);
});

test.run();
