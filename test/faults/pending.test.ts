import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import type { RawConnection } from '../support/raw-connection.js';

const CROWD = 500;

async function crowd(daemon: DaemonProcess): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  while (connections.length < CROWD) connections.push(await daemon.connect());
  return connections;
}

for (const [title, most] of [
  ['that all have room', 1000],
  ['that crowd each other out', 64],
] as const) {
  test(`a client gets through beside 500 connections ${title}, which never authenticate`, async () => {
    const settings = `daemon_auth_timeout = 2\ndaemon_max_pending = ${most}`;
    await withDaemon(daemonPolicy('', settings), async (daemon) => {
      const connections = await crowd(daemon);
      const client = await daemon.client();
      for (let calls = 0; calls < 20; calls++) {
        assert.is((await client.run(['true'])).code, 0);
      }
      for (const connection of connections) await connection.end();
      assert.match(
        daemon.complaints,
        /from \S+ \(uid \d+\), pid \d+, by \S+: .*did not authenticate within 2 s/,
      );
      assert.is((await client.run(['true'])).code, 0);
      for (const connection of [...connections, client.connection]) connection.destroy();
    });
  });
}

test('the deadline holds for who sends a byte now and then, and who takes no refusal', async () => {
  await withDaemon(daemonPolicy('', 'daemon_auth_timeout = 1'), async (daemon) => {
    const slow = await daemon.connect();
    const sending = setInterval(() => slow.write('\0'), 300);
    const deaf = await daemon.connect({ read: false });
    deaf.send('no answer');
    await slow.end();
    clearInterval(sending);
    slow.destroy();
    await daemon.hasClients(0);
    deaf.destroy();
  });
});

test.run();
