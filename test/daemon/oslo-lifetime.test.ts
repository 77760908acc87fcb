import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../support/patience.js';
import { isAlive } from '../support/proc.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { OsloClients, PythonError } from './oslo-client.js';
import {
  goneWithSocket,
  held,
  holding,
  service,
  socketDirectories,
  withClient,
} from './oslo-service.js';

const NEEDS: Requirement[] = ['python3-oslo.rootwrap'];

testWith(NEEDS, 'the client starts another daemon when its own was killed', () => {
  const files = service();
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const { pid } = await client.daemon();
    process.kill(pid, 'SIGKILL');
    await client.ended();
    assert.equal(await client.execute(['echo', 'again']), [0, 'again\n', '']);
    assert.is.not((await client.daemon()).pid, pid);
    assert.is(socketDirectories(files).length, 1, 'the new daemon left the old one’s directory');
  });
});

testWith(NEEDS, 'the client runs a command again whose daemon was killed meanwhile', () => {
  const files = service();
  const file = held(files);
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const { pid } = await client.daemon();
    const answer = client.execute(['hold', file]);
    await holding(file);
    process.kill(pid, 'SIGKILL');
    rmSync(file);
    assert.equal(await answer, [0, 'released\n', '']);
  });
});

testWith(NEEDS, 'the client starts another daemon when its own ended for being idle', () =>
  withClient(service('daemon_timeout = 1'), async (client) => {
    await client.execute(['echo']);
    const first = await client.daemon();
    await goneWithSocket(first);
    assert.is(await client.ended(), 0);
    assert.equal(await client.execute(['echo', 'again']), [0, 'again\n', '']);
    assert.is.not((await client.daemon()).pid, first.pid);
  }),
);

testWith(NEEDS, 'a daemon whose command runs for longer than daemon_timeout is not idle', () => {
  const files = service('daemon_timeout = 1');
  return withClient(files, async (client) => {
    const words = ['sh', '-c', 'sleep 2.2; echo done'];
    assert.equal(await client.execute(words), [0, 'done\n', '']);
  });
});

testWith(NEEDS, 'on SIGTERM the command that runs is still answered, and nothing is left', () => {
  const files = service();
  const file = held(files);
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const daemon = await client.daemon();
    const answer = client.atOnce(['hold', file], 'slow'); // which would not try another daemon
    await holding(file);
    process.kill(daemon.pid, 'SIGTERM');
    rmSync(file);
    assert.equal(await answer, [0, 'released\n', '']);
    await goneWithSocket(daemon);
    assert.is(await client.ended(), 0);
  });
});

testWith(NEEDS, 'on SIGTERM no other connection is let in while a command runs on', () => {
  const files = service();
  const file = held(files);
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const { pid, socket } = await client.daemon();
    const answer = client.atOnce(['hold', file], 'slow');
    await holding(file);
    process.kill(pid, 'SIGTERM');
    await until('the end of the listening', () => !existsSync(socket));
    assert.ok(isAlive(pid), 'the command runs');
    rmSync(file);
    assert.equal(await answer, [0, 'released\n', '']);
  });
});

testWith(
  NEEDS,
  'a daemon with an idle connection ends on SIGTERM, and the client starts another',
  () =>
    withClient(service(), async (client) => {
      await client.execute(['echo']);
      const daemon = await client.daemon();
      process.kill(daemon.pid, 'SIGTERM');
      await goneWithSocket(daemon);
      assert.equal(await client.execute(['echo', 'again']), [0, 'again\n', '']);
    }),
);

testWith(NEEDS, 'shutdown is answered, then the daemon ends with 0 and leaves nothing', () => {
  const files = service();
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const daemon = await client.daemon();
    await client.shutdown();
    assert.is(await client.ended(), 0);
    await goneWithSocket(daemon);
    assert.equal(socketDirectories(files), []);
  });
});

testWith(NEEDS, 'the daemon ends with the service that started it', async () => {
  const files = service();
  const clients = new OsloClients();
  const client = await clients.client(files.command);
  await client.execute(['echo']);
  const daemon = await client.daemon();
  await clients.end();
  await goneWithSocket(daemon);
});

testWith(NEEDS, 'the daemon ends when the service that started it is killed', async () => {
  const files = service();
  const clients = new OsloClients();
  const client = await clients.client(files.command);
  await client.execute(['echo']);
  const daemon = await client.daemon();
  await clients.kill();
  await goneWithSocket(daemon);
});

testWith(
  NEEDS,
  'a command runs on to its end when the service that wanted it is killed',
  async () => {
    const files = service();
    const file = held(files);
    const clients = new OsloClients();
    const client = await clients.client(files.command);
    await client.execute(['echo']);
    const daemon = await client.daemon();
    const answer = client.execute(['hold', file]).catch(() => 'no answer');
    await holding(file);
    await clients.kill();
    assert.is(await answer, 'no answer');
    await until('the end of the listening', () => !existsSync(daemon.socket));
    assert.ok(existsSync(dirname(daemon.socket)), 'the daemon waits for the command');
    rmSync(file);
    await goneWithSocket(daemon);
  },
);

testWith(NEEDS, 'a daemon that does not start raises an exception', () =>
  withClient(service('daemon_max_requests = none'), async (client) => {
    const answer = await client.execute(['echo']).catch((error: unknown) => error);
    assert.instance(answer, PythonError); // which one depends on how fast the process is gone
  }),
);

test.run();
