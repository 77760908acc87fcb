import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import type { RawConnection } from '../support/raw-connection.js';

/** Descriptors a daemon gets in all; it has some thirty at rest. */
const MOST = 60;

const few = {
  through: (launcher: string) => ['prlimit', `--nofile=${MOST}:${MOST}`, launcher],
};

const settings = 'daemon_max_pending = 1000\ndaemon_max_connections = 1000';

/** Connects until the daemon has no descriptor left. */
async function exhaust(daemon: DaemonProcess): Promise<RawConnection[]> {
  const connections: RawConnection[] = [];
  for (let left = MOST; left > 0; left--) connections.push(await daemon.connect());
  return connections;
}

test('connections beyond the descriptors are turned away, and later let in', async () => {
  await withDaemon(
    daemonPolicy('', settings),
    async (daemon) => {
      const client = await daemon.client();
      const connections = await exhaust(daemon);
      const last = connections.at(-1);
      assert.is(await last?.next(), undefined, 'the last one was let in');
      assert.is((await client.about(client.request(['no']))).message.type, 'refused');
      for (const connection of connections) connection.destroy();
      await daemon.hasClients(1);
      const later = await daemon.client();
      assert.is((await later.run(['true'])).code, 0);
      for (const { connection } of [client, later]) connection.destroy();
    },
    few,
  );
});

test('a command without descriptors fails with EMFILE, and runs when there are some', async () => {
  await withDaemon(
    daemonPolicy('', settings),
    async (daemon) => {
      const client = await daemon.client();
      const connections = await exhaust(daemon);
      await connections.at(-1)?.end();
      const { message } = await client.about(client.request(['true']));
      assert.is(message.type, 'failed');
      assert.is(message.code, 'EMFILE');
      for (const connection of connections) connection.destroy();
      await daemon.hasClients(1);
      assert.is((await client.run(['true'])).code, 0);
      client.connection.destroy();
    },
    few,
  );
});

test('more commands than there are descriptors for fail one by one, and the others run', async () => {
  await withDaemon(
    daemonPolicy('cat: CommandFilter, cat, ME', settings),
    async (daemon) => {
      const client = await daemon.client();
      const ids = Array.from({ length: MOST }, () => client.request(['cat'], { feeding: true }));
      const sh = client.request(['sh', '-c', 'exit 3']);
      assert.is((await client.about(sh)).message.code, 'EMFILE');
      let [ran, failed] = [0, 0];
      for (const id of ids) client.connection.send({ type: 'stdin', id, end: true });
      for (const id of ids) {
        const { message } = await client.about(id);
        if (message.type === 'exit') ran++;
        else if (message.code === 'EMFILE') failed++;
      }
      assert.is(ran + failed, MOST);
      assert.ok(ran > 0 && failed > 0, `${ran} ran, ${failed} failed`);
      assert.is((await client.run(['sh', '-c', 'exit 3'])).code, 3);
      client.connection.destroy();
    },
    few,
  );
});

test('a pattern that first matters when there are no descriptors ends nothing', async () => {
  const filter = 'pattern: RegExpFilter, echo, ME, echo, (a|b)+c.*\ncat: CommandFilter, cat, ME';
  await withDaemon(
    daemonPolicy(filter, settings),
    async (daemon) => {
      const client = await daemon.client();
      const connections = await exhaust(daemon);
      await connections.at(-1)?.end();
      const { message } = await client.about(client.request(['echo', 'abc']));
      assert.is.not(message.type, 'exit');
      for (const connection of connections) connection.destroy();
      await daemon.hasClients(1);
      assert.is((await client.run(['echo', 'abc'])).stdout, 'abc\n');
      client.connection.destroy();
    },
    few,
  );
});

test.run();
