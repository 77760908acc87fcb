import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { daemonExecutable, daemonPolicy } from '../support/daemon.js';
import { announcement, clientOf, startProgram } from '../support/daemon-start.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';

/** A daemon that a failed test leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

/** Whether nobody holds a lock on this file. */
function isFree(file: string): boolean {
  return spawnSync('flock', ['-n', file, 'true']).status === 0;
}

async function listening(): Promise<{ server: Server; port: number; fd: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { _handle: handle } = server as Server & { _handle?: { fd?: number } };
  return { server, port: (server.address() as { port: number }).port, fd: handle?.fd ?? -1 };
}

function connects(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
  });
}

test('a lock, a port and a pipe that the daemon’s start had open are free while it runs', async () => {
  const lock = join(temporaryDirectory(), 'lock');
  const { server, port, fd } = await listening();
  // 3: the socket; 4: a pipe of Node's; 9: the lock
  const line = 'exec 9>"$0"; flock 9; exec "$@"';
  const words = ['/bin/sh', '-c', line, lock, daemonExecutable(), daemonPolicy().config];
  const stdio = ['pipe', 'pipe', 'inherit', fd, 'pipe'];
  const daemon = startProgram(words, { stdio: stdio as never });
  let hasEnded = false;
  (daemon.child.stdio[4] as Readable).on('end', () => (hasEnded = true)).resume();
  assert.is(await connects(port), 'connected');
  const closed = new Promise((resolve) => server.close(resolve));
  await closed;
  const announced = await announcement(daemon.child.stdout as Readable);
  assert.ok(isFree(lock), 'the lock is held');
  assert.is(await connects(port), 'ECONNREFUSED');
  await until('the end of the pipe', () => hasEnded);
  const client = await clientOf(announced);
  assert.is((await client.run(['true'])).code, 0);
  client.connection.destroy();
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

test.run();
