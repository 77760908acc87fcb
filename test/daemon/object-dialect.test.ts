import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Policy } from '#src/policy/policy.js';
import { INPUT_WINDOW } from '#src/wire/messages.js';
import {
  type Arrived,
  type InProcess,
  inProcessDaemon,
  type Peer,
  stopAll,
} from '../support/in-process-daemon.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { isAlive } from '../support/proc.js';

const FILTERS = `sh: CommandFilter, sh, USER
cat: CommandFilter, cat, USER
env: EnvFilter, env, USER, COLOUR=, printenv
missing: CommandFilter, /nonexistent/program, USER
stranger: CommandFilter, true, nobody-of-this-name
broken: CommandFilter, BROKEN, USER`;

/** A connection that has said hello. */
async function greeted(daemon: InProcess = inProcessDaemon(FILTERS)): Promise<Peer> {
  const peer = await daemon.connect();
  peer.send({ type: 'hello', protocol: 1 });
  assert.is((await message(peer)).value.type, 'hello');
  return peer;
}

/** The next message, which must come. */
async function message(peer: Peer): Promise<Arrived & { readonly value: Record<string, unknown> }> {
  const arrived = await peer.next();
  if (arrived === undefined) throw new Error('the connection has ended');
  return { ...arrived, value: arrived.value as Record<string, unknown> };
}

/** The values of the next messages. */
async function values(peer: Peer, count: number): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let i = 0; i < count; i++) found.push((await message(peer)).value);
  return found;
}

async function broken(peer: Peer, wrong: unknown, pattern: RegExp): Promise<void> {
  peer.send(wrong);
  const [error] = await values(peer, 1);
  assert.is(error?.type, 'error', JSON.stringify(error));
  assert.match(String(error?.message), pattern);
  assert.is(await peer.next(), undefined);
}

/** Patterns that take long for `sh -c SCRIPT SLOW`, which the last filter then allows. */
const SLOW = 'a'.repeat(40);
const SLOW_FILTERS = [
  ...Array.from(
    { length: 12 },
    (_, i) => `s${i}: RegExpFilter, sh, USER, sh, -c, .+, (?!x${i})(a+)+b`,
  ),
  FILTERS,
].join('\n');

test('hello tells version and limits', async () => {
  const peer = await inProcessDaemon(FILTERS, 'daemon_max_requests = 7').connect();
  peer.send({ type: 'hello', protocol: 1 });
  const [hello] = await values(peer, 1);
  assert.equal(hello, {
    type: 'hello',
    protocol: 1,
    version: '0.1.0',
    limits: {
      frame: 2 ** 24,
      requests: 7,
      output: 2 ** 24,
      input: INPUT_WINDOW,
      tellsFilter: true,
    },
  });
});

test('a command is answered with its status and its output', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 5, argv: ['sh', '-c', 'printf out; printf err >&2; exit 3'] });
  const answer = await message(peer);
  assert.equal(answer.value, { type: 'exit', id: 5, code: 3, signal: null, stdout: 3, stderr: 3 });
  assert.is(answer.bytes.toString(), 'outerr');
});

test('the name of the filter is told to a client that wants it, and of what has run only', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', ':'], tellFilter: true });
  assert.is((await values(peer, 1))[0]?.filter, 'sh');
  peer.send({ type: 'run', id: 2, argv: ['nothing'], tellFilter: true });
  assert.not('filter' in ((await values(peer, 1))[0] ?? {}));
  peer.send({ type: 'run', id: 3, argv: ['sh', '-c', ':'] });
  assert.not('filter' in ((await values(peer, 1))[0] ?? {}));
});

test('the bytes of a request are the input', async () => {
  const peer = await greeted();
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  peer.send({ type: 'run', id: 1, argv: ['cat'] }, bytes);
  assert.equal((await message(peer)).bytes, bytes);
});

test('without bytes the input is empty', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['cat'] });
  assert.is((await message(peer)).bytes.length, 0);
});

test('requests are answered as they end, not as they came', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'read x'], feeding: true });
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', ':'] });
  assert.is((await values(peer, 1))[0]?.id, 2);
  peer.send({ type: 'stdin', id: 1, end: true });
  assert.is((await values(peer, 1))[0]?.id, 1);
});

test('a refusal says why, and the reasons only where that is configured', async () => {
  for (const [settings, told] of [
    ['', false],
    ['daemon_explain_refusals = true', true],
  ] as const) {
    const peer = await greeted(inProcessDaemon(FILTERS, settings));
    peer.send({ type: 'run', id: 1, argv: ['/usr/local/cat', 'x'] });
    const [refused] = await values(peer, 1);
    assert.is(refused?.reason, 'unauthorized');
    assert.is(refused?.message, 'Unauthorized command: /usr/local/cat x (no filter matched)');
    assert.is('misses' in (refused ?? {}), told);
  }
});

test('a missing executable is told from a refusal', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['program'] });
  const [refused] = await values(peer, 1);
  assert.is(refused?.reason, 'not-executable');
  assert.match(String(refused?.message), /Executable not found: \/nonexistent\/program/);
});

test('an unknown user is a failure', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['true'] });
  const [failed] = await values(peer, 1);
  assert.equal([failed?.type, failed?.code], ['failed', 'unknown-user']);
});

test('variables need an EnvFilter for their names', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['printenv', 'COLOUR'], environment: { COLOUR: 'a=b' } });
  assert.is((await message(peer)).bytes.toString(), 'a=b\n');
  peer.send({ type: 'run', id: 2, argv: ['printenv'], environment: { LD_PRELOAD: 'x' } });
  peer.send({ type: 'run', id: 3, argv: ['sh', '-c', ':'], environment: { COLOUR: 'x' } });
  peer.send({ type: 'run', id: 4, argv: ['printenv', 'COLOUR'], environment: {} });
  for (const { type } of await values(peer, 3)) assert.is(type, 'refused');
});

test('variables that a filter takes for words are refused', async () => {
  const any =
    'any: RegExpFilter, env, USER, A=1, .*\nsh: RegExpFilter, /bin/sh, USER, A=1, sh, -c, :';
  const peer = await greeted(inProcessDaemon(any));
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', ':'], environment: { A: '1' } });
  const [refused] = await values(peer, 1);
  assert.is(refused?.type, 'refused');
});

test('streamed output comes as it is written, up to the window', async () => {
  const peer = await greeted();
  const line = 'printf abcdef; printf gh >&2';
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', line], window: 4 });
  assert.is((await message(peer)).value.type, 'started');
  const first = await message(peer);
  assert.equal([first.value, String(first.bytes)], [{ type: 'stdout', id: 1 }, 'abcd']);
  peer.send({ type: 'window', id: 1, bytes: 100 });
  let out = '';
  let err = '';
  for (;;) {
    const { value, bytes } = await message(peer);
    if (value.type === 'exit') {
      assert.is(value.stdout, 0);
      break;
    }
    if (value.type === 'stdout') out += bytes;
    else err += bytes;
  }
  assert.equal([out, err], ['ef', 'gh']);
});

test('however much is granted, little waits for a client that reads nothing', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  peer.send({ type: 'run', id: 1, argv: ['cat', '/dev/zero'], window: 2 ** 40 });
  peer.send({ type: 'window', id: 1, bytes: 2 ** 52 });
  await message(peer); // started; nothing is read behind it
  peer.pause();
  await until('output waits', () => peer.connection.unread > 0);
  let before = -1;
  await until('no more comes', () => {
    const same = peer.connection.unread === before;
    before = peer.connection.unread;
    return same;
  });
  assert.ok(peer.connection.unread < 1024 * 1024, String(peer.connection.unread));
});

test('input beyond the granted window breaks the protocol', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'sleep 1000'], feeding: true });
  peer.send({ type: 'stdin', id: 1 }, Buffer.alloc(INPUT_WINDOW));
  peer.send({ type: 'stdin', id: 1 }, Buffer.alloc(70_000)); // a pipe takes 65536
  for (;;) {
    const { value } = await message(peer);
    if (value.type === 'window') continue;
    assert.is(value.type, 'error');
    break;
  }
});

test('input is granted as the command takes it', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'cat | wc -c'], feeding: true });
  let granted = INPUT_WINDOW;
  let left = 3 * INPUT_WINDOW;
  while (left > 0) {
    const count = Math.min(granted, left, 65536);
    if (count > 0) peer.send({ type: 'stdin', id: 1 }, Buffer.alloc(count));
    left -= count;
    granted -= count;
    if (granted > 0) continue;
    const [window] = await values(peer, 1);
    assert.is(window?.type, 'window');
    granted += window?.bytes as number;
  }
  peer.send({ type: 'stdin', id: 1, end: true });
  for (;;) {
    const { value, bytes } = await message(peer);
    if (value.type === 'window') continue;
    assert.is(bytes.toString().trim(), String(3 * INPUT_WINDOW));
    break;
  }
});

test('input that nobody reads does not use up the window', async () => {
  const peer = await greeted();
  const line = 'exec <&-; echo closed; exec sleep 1000';
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', line], feeding: true, window: 100 });
  await values(peer, 2);
  for (let sent = 0; sent < 4 * INPUT_WINDOW; sent += INPUT_WINDOW) {
    peer.send({ type: 'stdin', id: 1 }, Buffer.alloc(INPUT_WINDOW));
    for (let granted = 0; granted < INPUT_WINDOW; ) {
      const [window] = await values(peer, 1);
      assert.is(window?.type, 'window');
      granted += window?.bytes as number;
    }
  }
  peer.send({ type: 'abort', id: 1 });
  assert.is((await values(peer, 1))[0]?.type, 'exit');
});

test('abort, timeout and too much output end a command and say so', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'exec sleep 1000'] });
  peer.send({ type: 'abort', id: 1 });
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', 'exec sleep 1000'], timeout: 20 });
  peer.send({ type: 'run', id: 3, argv: ['sh', '-c', 'exec yes'], maxOutput: 4 });
  const byId = new Map((await values(peer, 3)).map((value) => [value.id, value]));
  assert.is(byId.get(1)?.aborted, true);
  assert.is(byId.get(1)?.signal, 'SIGTERM');
  assert.is(byId.get(2)?.timedOut, true);
  assert.equal([byId.get(3)?.overflowed, byId.get(3)?.stdout], [true, 4]);
});

test('a signal by name reaches the command', async () => {
  const peer = await greeted();
  const line = 'trap "exit 9" USR1; echo on; while :; do sleep 0.01; done';
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', line], window: 100 });
  await values(peer, 2);
  peer.send({ type: 'signal', id: 1, signal: 'SIGUSR1' });
  assert.is((await values(peer, 1))[0]?.code, 9);
});

test('messages about a command that has ended are passed over', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', ':'] });
  await values(peer, 1);
  peer.send({ type: 'stdin', id: 1, end: true }, Buffer.from('late'));
  peer.send({ type: 'window', id: 1, bytes: 5 });
  peer.send({ type: 'signal', id: 1, signal: 'SIGTERM' });
  peer.send({ type: 'abort', id: 1 });
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', ':'] });
  assert.is((await values(peer, 1))[0]?.id, 2);
});

test('what breaks the protocol ends the connection with the reason', async () => {
  const run = { type: 'run', id: 1, argv: ['cat'], feeding: true };
  await broken(await greeted(), { type: 'hello', protocol: 1 }, /second hello/);
  await broken(
    await inProcessDaemon(FILTERS).connect(),
    { type: 'hello', protocol: 2 },
    /protocol 2/,
  );
  await broken(await inProcessDaemon(FILTERS).connect(), run, /first message is not hello/);
  await broken(await greeted(), { type: 'abort', id: 1 }, /id 1 was never used/);
  await broken(await greeted(), { ...run, id: -1 }, /\/id must be >= 1/);
  await broken(await greeted(), { ...run, killSignal: 'SIGNOTHING' }, /no signal SIGNOTHING/);
  const peer = await greeted();
  peer.send(run);
  await broken(peer, run, /id 1 is not above 1/);
  const collected = await greeted();
  collected.send(run);
  await broken(collected, { type: 'window', id: 1, bytes: 1 }, /window for collected output/);
  const ended = await greeted();
  ended.send({ ...run, argv: ['sh', '-c', 'sleep 1000'] });
  ended.send({ type: 'stdin', id: 1, end: true });
  await broken(ended, { type: 'stdin', id: 1 }, /input behind its end/);
});

test('bytes behind a message that has none break the protocol', async () => {
  const peer = await greeted();
  peer.send({ type: 'run', id: 1, argv: ['cat'], feeding: true });
  peer.send({ type: 'abort', id: 1 }, Buffer.from('x'));
  assert.match(String((await values(peer, 1))[0]?.message), /bytes behind/);
});

test('too many commands at once are busy', async () => {
  const daemon = inProcessDaemon(FILTERS, 'daemon_max_requests = 1');
  const peer = await greeted(daemon);
  peer.send({ type: 'run', id: 1, argv: ['cat'], feeding: true });
  peer.send({ type: 'run', id: 2, argv: ['cat'] });
  const [failed] = await values(peer, 1);
  assert.equal([failed?.type, failed?.code, failed?.id], ['failed', 'busy', 2]);
  peer.send({ type: 'stdin', id: 1, end: true });
  await values(peer, 1);
  peer.send({ type: 'run', id: 3, argv: ['cat'] });
  assert.is((await values(peer, 1))[0]?.type, 'exit');
});

test('goodbye names the last request, and later ones are not run', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  const marker = join(temporaryDirectory(), 'marker');
  peer.send({ type: 'run', id: 4, argv: ['cat'], feeding: true });
  await until('it runs', () => daemon.commands.running === 1);
  daemon.daemon.stop('test');
  assert.equal(await values(peer, 1), [{ type: 'goodbye', last: 4 }]);
  peer.send({ type: 'run', id: 5, argv: ['sh', '-c', `touch ${marker}`] });
  peer.send({ type: 'stdin', id: 4, end: true }, Buffer.from('rest'));
  assert.is((await message(peer)).bytes.toString(), 'rest');
  assert.is(await peer.next(), undefined);
  await daemon.ended;
  assert.not.ok(existsSync(marker));
});

test('a lost client ends what needs it and nothing else', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  const marker = join(temporaryDirectory(), 'marker');
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'echo $$; exec sleep 1000'], window: 9 });
  await message(peer); // started
  const pid = Number((await message(peer)).bytes);
  const upload = `cat >/dev/null; touch ${marker}.upload`;
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', upload], feeding: true });
  peer.send({ type: 'run', id: 3, argv: ['sh', '-c', `sleep 0.2; touch ${marker}`] });
  await until('they run', () => daemon.commands.running === 3);
  peer.destroy();
  await until('they have ended', () => daemon.commands.running === 0);
  assert.not.ok(isAlive(pid));
  assert.ok(existsSync(marker), 'the collected one was not left to its end');
  assert.not.ok(existsSync(`${marker}.upload`), 'half an input was taken for a whole one');
});

test('output that nobody will read keeps no command', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const lost = await greeted(daemon);
  lost.send({ type: 'run', id: 1, argv: ['sh', '-c', 'echo unread'], window: 1 });
  await until('it runs', () => daemon.commands.running === 1);
  await message(lost);
  await message(lost);
  lost.destroy();
  await until('it is over with the connection', () => daemon.commands.running === 0);
  const slow = await greeted(daemon);
  const run = { type: 'run', id: 1, argv: ['sh', '-c', 'echo unread'], window: 1 };
  slow.send({ ...run, timeout: 20, killAfter: 20 });
  await values(slow, 2);
  assert.equal((await values(slow, 1))[0]?.timedOut, true);
});

test('the daemon ends though nobody reads a stream whose command has ended', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'echo unread'], window: 1 });
  await message(peer);
  await message(peer);
  daemon.daemon.stop('test');
  assert.is((await message(peer)).value.type, 'goodbye');
  await daemon.ended;
  assert.is(await peer.next(), undefined, 'an exit would tell that the stream is whole');
});

test('many small pieces that wait for a client are one', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'cat /dev/zero'], window: 2 ** 30 });
  await message(peer);
  const sign = join(temporaryDirectory(), 'sign');
  const line = `until [ -e ${sign} ]; do sleep 0.02; done; for i in 1 2 3 4 5; do echo $i; sleep 0.02; done`;
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', line], window: 100 });
  await message(peer);
  peer.pause();
  await until('the connection is full', () => peer.connection.unread > 0);
  writeFileSync(sign, '');
  await until('the second has ended', () => daemon.commands.running === 1);
  const pieces: string[] = [];
  for (;;) {
    const { value, bytes } = await message(peer);
    if (value.id === 2 && value.type === 'exit') break;
    if (value.id === 2 && value.type === 'stdout') pieces.push(bytes.toString());
  }
  assert.equal(pieces, ['1\n2\n3\n4\n5\n']);
});

test('a fault is told to the log and not to the client', async () => {
  const { daemon, config, connect } = inProcessDaemon(FILTERS);
  const peer = await connect();
  peer.send({ type: 'hello', protocol: 1 });
  await message(peer);
  const policy = Policy.load(config);
  policy.deciding = () => {
    throw new Error('of ours');
  };
  daemon.use(policy);
  peer.send({ type: 'run', id: 1, argv: ['cat'] });
  const { value } = await message(peer);
  assert.equal([value.type, value.code], ['failed', 'fault']);
  assert.not.match(String(value.message), /of ours|\.js/);
});

test('an explanation is short, whatever the word', async () => {
  const peer = await greeted(inProcessDaemon(FILTERS, 'daemon_explain_refusals = true'));
  peer.send({ type: 'run', id: 1, argv: [`/x/${'y'.repeat(100_000)}/cat`] });
  const [refused] = await values(peer, 1);
  assert.ok(JSON.stringify(refused?.misses).length < 10_000);
});

test('a client that says no more still gets its answers', async () => {
  const daemon = inProcessDaemon(FILTERS);
  const peer = await greeted(daemon);
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'sleep 0.1; echo done'] });
  peer.end();
  assert.is((await message(peer)).bytes.toString(), 'done\n');
  assert.is(await peer.next(), undefined);
});

test.after(stopAll);

test('a request whose decision takes long keeps no other of the connection waiting', async () => {
  const peer = await greeted(inProcessDaemon(SLOW_FILTERS));
  peer.send({ type: 'run', id: 1, argv: ['sh', '-c', 'printf one', SLOW] });
  peer.send({ type: 'run', id: 2, argv: ['sh', '-c', 'printf two'] });
  peer.send({ type: 'run', id: 3, argv: ['no'] });
  const found = [await message(peer), await message(peer), await message(peer)];
  assert.is(found.at(-1)?.value.id, 1);
  assert.is(found.at(-1)?.bytes.toString(), 'one');
});

test('what is said of a request before it is decided about is heard afterwards, in order', async () => {
  const peer = await greeted(inProcessDaemon(SLOW_FILTERS));
  peer.send(
    { type: 'run', id: 1, argv: ['sh', '-c', 'cat', SLOW], feeding: true },
    Buffer.from('one '),
  );
  peer.send({ type: 'stdin', id: 1 }, Buffer.from('two '));
  peer.send({ type: 'stdin', id: 1, end: true }, Buffer.from('three'));
  for (;;) {
    const { value, bytes } = await message(peer);
    if (value.type === 'window') continue;
    assert.is(value.type, 'exit', JSON.stringify(value));
    assert.is(bytes.toString(), 'one two three');
    break;
  }
});

test('a client that goes before the decision leaves nothing, whatever it has said', async () => {
  const daemon = inProcessDaemon(SLOW_FILTERS);
  const peer = await greeted(daemon);
  peer.send(
    { type: 'run', id: 1, argv: ['sh', '-c', 'cat', SLOW], feeding: true },
    Buffer.from('one '),
  );
  peer.send({ type: 'stdin', id: 1 }, Buffer.from('two '));
  await until('it is decided about', () => daemon.daemon.commands.running === 1);
  peer.destroy();
  await until('nothing is left', () => daemon.daemon.commands.running === 0);
});

test.run();
