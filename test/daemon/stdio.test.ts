import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encode } from '#src/wire/encoding.js';
import { ObjectClient } from '../support/clients.js';
import { type DaemonPolicy, daemonExecutable, daemonPolicy } from '../support/daemon.js';
import { pipe, type Started, startDaemon, startProgram } from '../support/daemon-start.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { RawConnection } from '../support/raw-connection.js';
import { testWith } from '../support/requirements.js';

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

const ALL_BYTES = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256));

interface Talk {
  readonly daemon: Started;
  readonly connection: RawConnection;
  /** What it wrote to standard error. */
  readonly complaints: () => string;
  /** Closes the client's side: standard input is at its end. */
  readonly close: () => void;
  /** No more is read of its standard output. */
  readonly stopReading: () => void;
}

/** The daemon between two real pipes. */
function overPipes({ config }: DaemonPolicy): Talk {
  const input = pipe();
  const output = pipe();
  const errors = join(temporaryDirectory(), 'stderr');
  const stderr = openSync(errors, 'a');
  const daemon = startDaemon(['--stdio', config], { stdio: [input.reader, output.writer, stderr] });
  for (const fd of [input.reader, output.writer, stderr]) closeSync(fd);
  const readable = new Socket({ fd: output.reader, readable: true, writable: false });
  const writable = new Socket({ fd: input.writer, readable: false, writable: true });
  return {
    daemon,
    connection: over(readable, writable),
    complaints: () => readFileSync(errors, 'utf8'),
    close: () => writable.end(),
    stopReading: () => readable.destroy(),
  };
}

/** The daemon between two pairs of sockets, as Node starts its children. */
function overSockets({ config }: DaemonPolicy): Talk {
  const errors = join(temporaryDirectory(), 'stderr');
  const stderr = openSync(errors, 'a');
  const daemon = startDaemon(['--stdio', config], { stdio: ['pipe', 'pipe', stderr] });
  closeSync(stderr);
  const { stdin, stdout } = daemon.child as { stdin: Writable; stdout: Readable };
  return {
    daemon,
    connection: over(stdout, stdin),
    complaints: () => readFileSync(errors, 'utf8'),
    close: () => stdin.end(),
    stopReading: () => stdout.destroy(),
  };
}

function over(readable: Readable, writable: Writable): RawConnection {
  return RawConnection.over(Duplex.from({ readable, writable }));
}

/** The two ends of one socket: the first for a daemon's standard input and output. */
async function socketPair(): Promise<[Socket, Socket]> {
  const path = join(temporaryDirectory(), 'socket');
  const server: Server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = connect({ path, allowHalfOpen: true });
  const pair: [Socket, Socket] = [await accepted, client];
  server.close();
  return pair;
}

for (const [name, start] of [
  ['pipes', overPipes],
  ['sockets', overSockets],
] as const) {
  test(`frames go over ${name} from the first byte, without a challenge`, async () => {
    const talk = start(daemonPolicy('cat: CommandFilter, cat, ME'));
    const client = await ObjectClient.greet(talk.connection);
    const { code, stdout } = await client.run(['cat'], {}, ALL_BYTES);
    assert.is(code, 0);
    assert.ok(Buffer.from(stdout, 'latin1').equals(ALL_BYTES));
    talk.close();
    assert.equal(await talk.daemon.ended, { code: 0, signal: null });
    assert.is(talk.complaints(), '');
  });

  test(`all requests ahead of the end of input over ${name} are answered, also those that wait for their turn`, async () => {
    const talk = start(daemonPolicy());
    const client = await ObjectClient.greet(talk.connection);
    const asked = Array.from({ length: 40 }, () => client.request(['sh', '-c', ':']));
    talk.close();
    for (const id of asked) assert.is((await client.end(id)).code, 0);
    assert.equal(await talk.daemon.ended, { code: 0, signal: null });
  });

  test(`all requests ahead of the end of input over ${name} are answered, also where many answers are unread`, async () => {
    const talk = start(daemonPolicy());
    const client = await ObjectClient.greet(talk.connection);
    const asked = Array.from({ length: 1000 }, () => client.request(['no', 'x'.repeat(200)]));
    talk.connection.socket.end(); // behind what has not been written yet
    for (const id of asked) assert.is((await client.about(id)).message.type, 'refused');
    assert.equal(await talk.daemon.ended, { code: 0, signal: null });
  });

  test(`the end of input over ${name} ends it when what runs is answered`, async () => {
    const policy = daemonPolicy();
    const talk = start(policy);
    const client = await ObjectClient.greet(talk.connection);
    const slow = client.request(['sh', '-c', 'sleep 0.5; echo slow']);
    const fast = client.request(['sh', '-c', 'echo fast']);
    talk.close();
    assert.is((await client.end(fast)).stdout, 'fast\n');
    assert.is((await client.end(slow)).stdout, 'slow\n');
    assert.equal(await talk.connection.end(), []);
    assert.equal(await talk.daemon.ended, { code: 0, signal: null });
    assert.equal(readdirSync(policy.base), []);
  });

  test(`over ${name} it ends when its output is read no more`, async () => {
    const talk = start(daemonPolicy());
    const client = await ObjectClient.greet(talk.connection);
    talk.stopReading();
    client.request(['sh', '-c', 'echo unread']);
    assert.equal(await talk.daemon.ended, { code: 0, signal: null });
  });
}

test('the end of input before any byte ends it', async () => {
  const talk = overPipes(daemonPolicy());
  talk.close();
  assert.equal(await talk.connection.end(), []);
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

test('standard input from /dev/null is at its end at once', async () => {
  const { config } = daemonPolicy();
  const { ended } = startDaemon(['--stdio', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  assert.equal(await ended, { code: 0, signal: null });
});

test('files will do for its input and output', () => {
  const { config } = daemonPolicy();
  const directory = temporaryDirectory();
  const [input, output] = [join(directory, 'input'), join(directory, 'output')];
  const run = encode({ type: 'run', id: 1, argv: ['sh', '-c', 'echo filed'] });
  writeFileSync(input, Buffer.concat([encode({ type: 'hello', protocol: 1 }), run]));
  const line = 'exec "$0" --stdio "$1" <"$2" >"$3"';
  const words = ['-c', line, daemonExecutable(), config, input, output];
  const { status, stderr } = spawnSync('/bin/sh', words, { encoding: 'utf8', timeout: 60_000 });
  assert.equal([status, stderr], [0, '']);
  assert.match(readFileSync(output, 'latin1'), /"type":"hello".*"type":"exit".*\nfiled\n$/s);
});

test('input and output can be one socket, as systemd gives it for Accept=yes', async () => {
  const policy = daemonPolicy('cat: CommandFilter, cat, ME');
  const [theirs, ours] = await socketPair();
  const daemon = startDaemon(['--stdio', policy.config], { stdio: [theirs, theirs, 'inherit'] });
  theirs.destroy();
  const client = await ObjectClient.greet(RawConnection.over(ours));
  const { stdout } = await client.run(['cat'], {}, ALL_BYTES);
  assert.ok(Buffer.from(stdout, 'latin1').equals(ALL_BYTES));
  const slow = client.request(['sh', '-c', 'sleep 0.5; echo slow']);
  client.connection.endOutput();
  assert.is((await client.end(slow)).stdout, 'slow\n');
  assert.equal(await client.connection.end(), []);
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

testWith(['systemd-analyze'], 'systemd’s own socket activation leads to it', async () => {
  const { config } = daemonPolicy();
  const path = join(temporaryDirectory(), 'socket');
  const log = openSync(join(temporaryDirectory(), 'log'), 'a');
  const activation = startProgram(
    [
      'systemd-socket-activate',
      '--accept',
      '--inetd',
      '-l',
      path,
      daemonExecutable(),
      '--stdio',
      config,
    ],
    { stdio: ['ignore', 'ignore', log] },
  );
  closeSync(log);
  await until('the socket', () => existsSync(path));
  for (const word of ['first', 'second']) {
    const client = await ObjectClient.greet(await RawConnection.open(path));
    assert.is((await client.run(['sh', '-c', `echo ${word}`])).stdout, `${word}\n`);
    client.connection.endOutput();
    assert.equal(await client.connection.end(), []);
  }
  activation.child.kill('SIGTERM');
  await activation.ended;
});

test('a client that breaks the protocol is told, and that is the end', async () => {
  const talk = overPipes(daemonPolicy());
  talk.connection.send({ type: 'run', id: 1, argv: ['true'] });
  const { message } = await talk.connection.receive();
  assert.equal(message, { type: 'error', message: 'the first message is not hello' });
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
  assert.match(
    talk.complaints(),
    /from \S+ \(uid \d+\), pid \d+, by \S+: refused a request: the peer breaks the protocol: the first message/,
  );
});

test('bytes that are no frames are the end too', async () => {
  const talk = overPipes(daemonPolicy());
  talk.connection.write('GET / HTTP/1.1\r\n\r\n');
  assert.equal(await talk.connection.end(), []);
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
  assert.match(talk.complaints(), /from .* sent a frame of \d+ bytes; at most 16777216 are taken/);
});

test('oslo.rootwrap’s dialect is not spoken there', async () => {
  const talk = overPipes(daemonPolicy());
  talk.connection.send([null, 'create', ['rootwrap'], {}]);
  assert.is((await talk.connection.receive()).message.type, 'error');
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

testWith(['script'], 'a terminal is refused, and nothing waits for it', () => {
  const { config } = daemonPolicy();
  const line = `'${daemonExecutable()}' --stdio '${config}'; echo "status $?"`;
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  assert.match(stdout, /standard input is a terminal: --stdio needs pipes/);
  assert.match(stdout, /status 126/);
});

test('a word that is cut in the middle of a character takes nobody down', async () => {
  const talk = overPipes(daemonPolicy('', 'use_syslog = true'));
  const client = await ObjectClient.greet(talk.connection);
  for (const length of [4040, 4041, 4042, 4043, 4044, 4045, 4046, 4047]) {
    const word = `${'x'.repeat(length)}${'😀'.repeat(40)}`;
    assert.is((await client.about(client.request([word]))).message.type, 'refused');
  }
  talk.connection.send({
    type: 'run',
    id: 99,
    argv: ['id'],
    environment: { ['😀'.repeat(5000)]: 3 },
  });
  assert.is((await talk.connection.receive()).message.type, 'error');
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

test('messages for people go to standard error, and name the caller', async () => {
  const talk = overPipes(daemonPolicy());
  const client = await ObjectClient.greet(talk.connection);
  const { message } = await client.about(client.request(['forbidden']));
  assert.is(message.message, 'Unauthorized command: forbidden (no filter matched)');
  const who = `(uid ${process.getuid?.()}), pid ${process.pid}, by /`;
  assert.match(talk.complaints(), `tsrootwrap-daemon: from `);
  assert.match(talk.complaints(), who);
  assert.match(talk.complaints(), `/rootwrap.conf: ${message.message}\n`);
  talk.close();
  await talk.daemon.ended;
});

test('daemon_timeout holds there as well, with a goodbye', async () => {
  const talk = overPipes(daemonPolicy('', 'daemon_timeout = 1'));
  const client = await ObjectClient.greet(talk.connection);
  assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: 0 });
  assert.equal(await talk.connection.end(), []);
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

test('SIGTERM ends it when what runs is answered, though its input stays open', async () => {
  const talk = overPipes(daemonPolicy());
  const client = await ObjectClient.greet(talk.connection);
  const id = client.request(['sh', '-c', 'sleep 0.5; echo slow']);
  const second = client.request(['true']);
  assert.is((await client.end(second)).code, 0);
  talk.daemon.child.kill('SIGTERM');
  assert.equal((await client.connection.receive()).message, { type: 'goodbye', last: second });
  assert.is((await client.end(id)).stdout, 'slow\n');
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

test('what streams is ended with the connection, and the daemon ends', async () => {
  const talk = overPipes(daemonPolicy());
  const client = await ObjectClient.greet(talk.connection);
  const id = client.request(['sh', '-c', 'echo up; exec sleep 1000'], { window: 1024 });
  await client.about(id);
  assert.is(String((await client.about(id)).bytes), 'up\n');
  talk.close();
  const { message } = await client.about(id);
  assert.equal([message.signal, message.aborted], ['SIGTERM', true]);
  assert.equal(await talk.daemon.ended, { code: 0, signal: null });
});

test('it makes no socket', async () => {
  const policy = daemonPolicy();
  const talk = overPipes(policy);
  await ObjectClient.greet(talk.connection);
  assert.equal(readdirSync(policy.base), []);
  talk.close();
  await talk.daemon.ended;
});

test.run();
