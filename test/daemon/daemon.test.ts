import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Policy } from '#src/policy/policy.js';
import { inProcessDaemon, OWN_USER, type Peer, stopAll } from '../support/in-process-daemon.js';
import { until } from '../support/patience.js';

const FILTERS = 'cat: CommandFilter, cat, USER\nsleep: CommandFilter, sleep, USER';
const HELLO = { type: 'hello', protocol: 1 };

async function value(peer: Peer): Promise<unknown> {
  return (await peer.next())?.value;
}

test('the first request decides the dialect', async () => {
  const { connect } = inProcessDaemon(FILTERS);
  const oslo = await connect();
  oslo.send([null, 'dummy', [], {}]);
  assert.equal(await value(oslo), ['#RETURN', null]);
  const ours = await connect();
  ours.send(HELLO);
  assert.is(((await value(ours)) as { type: string }).type, 'hello');
});

test('standard input and output know our dialect only', async () => {
  const peer = await inProcessDaemon(FILTERS).connect('objects');
  peer.send([null, 'dummy', [], {}]);
  assert.is(((await value(peer)) as { type: string }).type, 'error');
});

test('neither dialect ends the connection', async () => {
  for (const bytes of [
    Buffer.from('0000000000000000', 'hex'),
    Buffer.from('000000000000000161', 'hex'),
  ]) {
    const peer = await inProcessDaemon(FILTERS).connect();
    peer.sendBytes(bytes);
    assert.is(((await value(peer)) as { type: string }).type, 'error');
    assert.is(await peer.next(), undefined);
  }
});

test('a frame beyond the limit ends the connection', async () => {
  const { connect } = inProcessDaemon(FILTERS, 'daemon_max_frame = 65536');
  const peer = await connect();
  peer.sendBytes(Buffer.from('0000000000010001', 'hex'));
  assert.is(await peer.next(), undefined);
});

test('there are no more connections than configured', async () => {
  const { connect } = inProcessDaemon(FILTERS, 'daemon_max_connections = 1');
  const first = await connect();
  const second = await connect();
  assert.is(await second.next(), undefined);
  first.send(HELLO);
  assert.ok(await first.next());
  first.end();
  assert.is(await first.next(), undefined);
  const third = await connect();
  third.send(HELLO);
  assert.ok(await third.next());
});

test('it ends when nobody has asked for anything for long enough', async () => {
  const { connect, ended } = inProcessDaemon(FILTERS, 'daemon_timeout = 0');
  const peer = await connect();
  peer.send(HELLO);
  await value(peer);
  assert.equal(await value(peer), { type: 'goodbye', last: 0 });
  await ended;
});

test('it does not end for idleness while a command runs', async () => {
  const { connect, commands, ended } = inProcessDaemon(FILTERS, 'daemon_timeout = 1');
  const peer = await connect();
  peer.send(HELLO);
  await value(peer);
  peer.send({ type: 'run', id: 1, argv: ['sleep', '1.5'] });
  await until('it runs', () => commands.running === 1);
  assert.is(((await value(peer)) as { type: string }).type, 'exit');
  assert.equal(await value(peer), { type: 'goodbye', last: 1 });
  await ended;
});

test('told to end at once it ends what runs', async () => {
  const { connect, daemon, commands, ended } = inProcessDaemon(FILTERS);
  const peer = await connect();
  peer.send(HELLO);
  peer.send({ type: 'run', id: 1, argv: ['sleep', '1000'] });
  await until('it runs', () => commands.running === 1);
  daemon.stop('first');
  daemon.stopAtOnce('second');
  await value(peer);
  assert.equal(await value(peer), { type: 'goodbye', last: 1 });
  const exit = (await value(peer)) as { signal: string; aborted: boolean };
  assert.equal([exit.signal, exit.aborted], ['SIGTERM', true]);
  await ended;
});

test('who reads nothing cannot keep it from ending', async () => {
  const { connect, daemon, commands, ended } = inProcessDaemon(FILTERS);
  const peer = await connect();
  peer.send(HELLO);
  for (let id = 1; id <= 8; id++) {
    peer.send({ type: 'run', id, argv: ['cat'] }, Buffer.alloc(1024 * 1024));
  }
  await until('one runs', () => commands.running > 0);
  await until('those that were read have ended', () => commands.running === 0);
  daemon.stop('test');
  daemon.stopAtOnce('test');
  await ended;
});

test('a new policy decides from then on', async () => {
  const { connect, daemon, config } = inProcessDaemon(FILTERS);
  const peer = await connect();
  peer.send(HELLO);
  await value(peer);
  writeFileSync(
    join(dirname(config), 'filters.d', 'test.filters'),
    `[Filters]\nfalse: CommandFilter, false, ${OWN_USER}\n`,
  );
  const policy = Policy.load(config);
  daemon.use(policy);
  peer.send({ type: 'run', id: 1, argv: ['cat'] });
  peer.send({ type: 'run', id: 2, argv: ['false'] });
  const [first, second] = [await value(peer), await value(peer)] as {
    type: string;
    code: number;
  }[];
  assert.is(first?.type, 'refused');
  assert.is(second?.code, 1);
});

test.after(stopAll);

test.run();
