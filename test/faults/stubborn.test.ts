import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Run } from '#src/wire/messages.js';
import { OsloClient } from '../support/clients.js';
import { DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import { patiently, until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { childrenOf } from '../support/proc.js';

/** Makes a file when it no longer listens to SIGTERM, and then waits. */
function stubborn(): { words: string[]; ready: string } {
  const ready = join(temporaryDirectory(), 'ready');
  const words = ['sh', '-c', `trap "" TERM; : > ${ready}; while :; do sleep 1000; done`];
  return { words, ready };
}

test('a command that ignores SIGTERM is killed some time after its timeout', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const client = await daemon.client();
    const { words } = stubborn();
    const { signal, timedOut } = await client.run(words, { timeout: 500, killAfter: 100 });
    assert.is(signal, 'SIGKILL');
    assert.is(timedOut, true);
    client.connection.destroy();
  });
});

test('a command that ignores SIGTERM is killed some time after it was aborted', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const client = await daemon.client();
    const { words, ready } = stubborn();
    const id = client.request(words, { killAfter: 100 });
    await until('the command', () => existsSync(ready));
    client.connection.send({ type: 'abort', id });
    const { signal, aborted } = await client.end(id);
    assert.is(signal, 'SIGKILL');
    assert.is(aborted, true);
    client.connection.destroy();
  });
});

test('further aborts do not put SIGKILL off', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const client = await daemon.client();
    const { words, ready } = stubborn();
    const id = client.request(words, { killAfter: 300 });
    await until('the command', () => existsSync(ready));
    const again = setInterval(() => client.connection.send({ type: 'abort', id }), 50);
    try {
      assert.is((await patiently('its end', client.end(id))).signal, 'SIGKILL');
    } finally {
      clearInterval(again);
    }
    client.connection.destroy();
  });
});

/** Asks a daemon with a stubborn command to end, twice. */
async function endTwice(
  call: (daemon: DaemonProcess, words: string[]) => Promise<() => Promise<unknown>>,
): Promise<unknown> {
  const { words, ready } = stubborn();
  const daemon = await DaemonProcess.start(daemonPolicy());
  const answer = (await call(daemon, words))();
  await until('the command', () => existsSync(ready));
  const [command] = childrenOf(daemon.pid);
  daemon.child.kill('SIGTERM');
  await until('a daemon that does not listen', () => !existsSync(daemon.path));
  await wait(1100); // within a second it would be the same wish
  await daemon.stop('SIGTERM');
  assert.not.ok(existsSync(`/proc/${command?.pid}`), 'the command was left');
  return answer;
}

test('the second SIGTERM to the daemon kills such a command, and its client is told', async () => {
  const options: Partial<Run> = { killAfter: 3_600_000 };
  const end = await endTwice(async (daemon, words) => {
    const client = await daemon.client();
    return () => client.run(words, options);
  });
  const { signal, aborted } = end as { signal: string; aborted: boolean };
  assert.is(signal, 'SIGKILL');
  assert.is(aborted, true);
});

test('the second SIGTERM to the daemon kills such a command of oslo’s client as well', async () => {
  const answer = await endTwice(async (daemon, words) => {
    const client = await OsloClient.create(() => daemon.authenticated());
    return () => client.run(words);
  });
  assert.equal(answer, ['#RETURN', [-9, '', '']]);
});

test.run();
