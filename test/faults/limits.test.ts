import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { INPUT_WINDOW } from '#src/wire/messages.js';
import { OsloClient } from '../support/clients.js';
import { daemonPolicy, withDaemon } from '../support/daemon.js';

test('one connection more than daemon_max_connections is closed, and let in when there is room', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_connections = 2'), async (daemon) => {
    const [first, second] = [await daemon.client(), await daemon.client()];
    const third = await daemon.authenticated();
    assert.equal(await third.end(), []);
    assert.match(
      daemon.complaints,
      /from \S+ \(uid \d+\), pid \d+, by \S+: .*there are 2 \(daemon_max_connections\)/,
    );
    first.connection.destroy();
    await daemon.hasClients(1);
    const fourth = await daemon.client();
    assert.is((await fourth.run(['true'])).code, 0);
    assert.is((await second.run(['true'])).code, 0);
    for (const { connection } of [second, fourth]) connection.destroy();
    third.destroy();
  });
});

test('one pending connection more than daemon_max_pending costs the oldest its place', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_pending = 2'), async (daemon) => {
    const oldest = await daemon.connect();
    await oldest.next(); // it has its challenge, and so is the first
    const older = await daemon.connect();
    const client = await daemon.client();
    assert.equal(await oldest.end(), []);
    assert.match(daemon.complaints, /too many have not authenticated/);
    await older.authenticate(daemon.key);
    for (const connection of [oldest, older, client.connection]) connection.destroy();
  });
});

test('a frame of more than 256 bytes before authentication ends the connection', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const connection = await daemon.connect();
    connection.send(Buffer.alloc(257));
    assert.is((await connection.end()).length, 1, 'more than the challenge came');
    assert.match(daemon.complaints, /a frame of 257 bytes; at most 256 are taken/);
    connection.destroy();
  });
});

test('a frame of daemon_max_frame is taken, and one byte more ends the connection', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_frame = 65536'), async (daemon) => {
    const client = await daemon.client();
    const run = { type: 'run', id: 1, argv: ['true'] };
    const room = 65536 - Buffer.byteLength(`${JSON.stringify(run)}\n`);
    client.connection.send(run, Buffer.alloc(room));
    assert.is((await client.end(1)).code, 0);
    client.connection.send({ ...run, id: 2 }, Buffer.alloc(room + 1));
    assert.equal(await client.connection.end(), []);
    assert.match(daemon.complaints, /a frame of 65537 bytes; at most 65536 are taken/);
    client.connection.destroy();
  });
});

test('more commands than daemon_max_requests are busy, until one has ended', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_requests = 2'), async (daemon) => {
    const [client, other] = [await daemon.client(), await daemon.client()];
    const waiting = [1, 2].map(() => client.request(['sh', '-c', 'read x'], { feeding: true }));
    const { message } = await client.about(client.request(['true']));
    assert.is(message.type, 'failed');
    assert.is(message.code, 'busy');
    const oslo = await OsloClient.create(() => daemon.authenticated());
    const [kind, result] = await oslo.run(['true']);
    assert.is(kind, '#TRACEBACK');
    assert.match(String(result), /2 commands run already \(daemon_max_requests\)/);
    const [first = 0, second = 0] = waiting;
    client.connection.send({ type: 'stdin', id: first, end: true });
    await client.end(first);
    assert.is((await other.run(['true'])).code, 0);
    client.connection.send({ type: 'abort', id: second });
    await client.end(second);
    for (const { connection } of [client, other, oslo]) connection.destroy();
  });
});

test('output beyond daemon_max_output ends the command, and its first bytes are kept', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_output = 1000'), async (daemon) => {
    const client = await daemon.client();
    const line = 'printf %0600d 1 >&2; printf %0500d 2; sleep 1000';
    const { overflowed, stdout, stderr, signal } = await client.run(['sh', '-c', line]);
    assert.is(overflowed, true);
    assert.is(signal, 'SIGTERM');
    assert.is(stdout.length + stderr.length, 1000);
    assert.match(stdout + stderr, /^0+1?0+1?$/);
    client.connection.destroy();
    const oslo = await OsloClient.create(() => daemon.authenticated());
    const [kind, result] = await oslo.run(['sh', '-c', line]);
    assert.is(kind, '#TRACEBACK');
    assert.match(String(result), /more than 1000 bytes \(daemon_max_output\)/);
    oslo.connection.destroy();
  });
});

test('a request can lower the most output and not raise it', async () => {
  await withDaemon(daemonPolicy('', 'daemon_max_output = 1000'), async (daemon) => {
    const client = await daemon.client();
    const line = ['sh', '-c', 'printf %02000d 1'];
    assert.is((await client.run(line, { maxOutput: 10 })).stdout.length, 10);
    assert.is((await client.run(line, { maxOutput: 5000 })).stdout.length, 1000);
    client.connection.destroy();
  });
});

for (const [title, first, more] of [
  ['in the first message', INPUT_WINDOW + 1, 0],
  ['in a later message', INPUT_WINDOW, 1],
] as const) {
  test(`input beyond the granted window ${title} is an error, and no end of input`, async () => {
    await withDaemon(daemonPolicy(), async (daemon) => {
      const client = await daemon.client();
      const options = { feeding: true, killAfter: 100 };
      const id = client.request(['sh', '-c', 'sleep 1000'], options, Buffer.alloc(first));
      if (more > 0) client.connection.send({ type: 'stdin', id }, Buffer.alloc(more));
      const { message } = await client.connection.receive();
      assert.equal(message, { type: 'error', message: 'more input than was granted' });
      assert.equal(await client.connection.end(), []);
      client.connection.destroy();
    });
  });
}

test.run();
