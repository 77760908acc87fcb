import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OsloClient } from '../support/clients.js';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import { patiently } from '../support/patience.js';
import { residentBytes } from '../support/proc.js';

const MIB = 1024 * 1024;
const GOOD_CALLS = 200;
/** 8 commands of 4 MiB each, what a connection may leave unread, and room for garbage. */
const MOST_GROWTH = 200 * MIB;

const FLOOD = ['sh', '-c', 'head -c 4000000 /dev/zero'];
const policy = () => daemonPolicy('', `daemon_max_requests = 8\ndaemon_max_output = ${4 * MIB}`);

/** Good calls in both dialects, all answered while somebody else's are stuck. */
async function goodCalls(daemon: DaemonProcess): Promise<void> {
  const client = await daemon.client();
  const oslo = await OsloClient.create(() => daemon.authenticated());
  const before = residentBytes(daemon.pid);
  for (let calls = 0; calls < GOOD_CALLS / 2; calls++) {
    await answered(async () => {
      const id = client.request(['true']);
      const { message } = await client.about(id);
      return message.code === 'busy' ? undefined : message.code === 0;
    });
    await answered(async () => {
      const [kind, result] = await oslo.run(['true']);
      return kind === '#TRACEBACK' ? undefined : (result as number[])[0] === 0;
    });
  }
  const growth = residentBytes(daemon.pid) - before;
  assert.ok(growth < MOST_GROWTH, `grew by ${growth} bytes`);
  client.connection.destroy();
  oslo.connection.destroy();
}

/** A call that is busy while the others take all places is made again, as the protocol has it. */
async function answered(call: () => Promise<boolean | undefined>): Promise<void> {
  let good: boolean | undefined;
  while (good === undefined) good = await call();
  assert.ok(good);
}

test('a client that reads none of its large outputs holds nobody else up', async () => {
  await withDaemon(policy(), async (daemon) => {
    const stuck = await daemon.client();
    stuck.connection.socket.pause();
    for (let left = 500; left > 0; left--) stuck.request(FLOOD);
    await goodCalls(daemon);
    stuck.connection.destroy();
  });
});

test('an oslo client that reads none of its large outputs holds nobody else up', async () => {
  await withDaemon(policy(), async (daemon) => {
    const stuck = await OsloClient.create(() => daemon.authenticated());
    stuck.connection.socket.pause();
    const run = [stuck.object, 'run_one_command', [FLOOD], {}];
    for (let left = 500; left > 0; left--) stuck.connection.send(run);
    await goodCalls(daemon);
    stuck.connection.destroy();
  });
});

test('streams that get no window hold nobody else up, on other connections nor on theirs', async () => {
  await withDaemon(policy(), async (daemon) => {
    const stuck = await daemon.client();
    const ids = [0, 1, 1000].map((window) => stuck.request(FLOOD, { window }));
    await goodCalls(daemon);
    for (let calls = 0; calls < 50; calls++) {
      assert.is((await stuck.run(['true'])).code, 0);
    }
    for (const id of ids) stuck.connection.send({ type: 'abort', id });
    for (const id of ids) {
      while ((await stuck.about(id)).message.type !== 'exit');
    }
    stuck.connection.destroy();
  });
});

test('streams whose client reads nothing hold nobody else up', async () => {
  await withDaemon(policy(), async (daemon) => {
    const stuck = await daemon.client();
    stuck.connection.socket.pause();
    for (const window of [MIB, 2 ** 31]) stuck.request(FLOOD, { window });
    stuck.request(['sh', '-c', 'head -c 4000000 /dev/zero; sleep 1000'], { window: 2 ** 31 });
    await goodCalls(daemon);
    stuck.connection.destroy();
  });
});

test('fast commands are answered before a slow one that was asked for first', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const client = await daemon.client();
    const oslo = await OsloClient.create(() => daemon.authenticated());
    const slow = client.request(['sh', '-c', 'read line'], { feeding: true });
    let osloEnded = false;
    const osloSlow = oslo.run(['sh', '-c', 'sleep 4']).then((answer) => {
      osloEnded = true;
      return answer;
    });
    const other = await OsloClient.create(() => daemon.authenticated());
    for (let calls = 0; calls < 50; calls++) {
      assert.is((await client.run(['true'])).code, 0);
      assert.equal(await other.run(['true']), ['#RETURN', [0, '', '']]);
    }
    assert.not.ok(osloEnded, 'the fast ones had to wait');
    client.connection.send({ type: 'stdin', id: slow, end: true }, Buffer.from('\n'));
    assert.is((await client.end(slow)).code, 0);
    assert.equal(await patiently('its end', osloSlow), ['#RETURN', [0, '', '']]);
    for (const { connection } of [client, oslo, other]) connection.destroy();
  });
});

test.run();
