import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CallEvent,
  CommandFailedError,
  DaemonLostError,
  DaemonStartError,
  NotExecutableError,
  RefusedError,
  RootwrapClient,
} from '#src/client/index.js';
import { daemonExecutable, daemonPolicy } from '../support/daemon.js';
import { ROOT, run } from '../support/executable.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { childrenOf } from '../support/proc.js';
import { rejection, TRANSPORTS } from './fake.js';

const FILTERS = `
cat: CommandFilter, cat, ME
kill: CommandFilter, kill, ME
gone: CommandFilter, no-such-program, ME
variables: EnvFilter, env, ME, GREETING=, sh
`;

/** A client of the real daemon, with these lines of configuration. */
function real(transport: readonly string[] = [], settings = ''): RootwrapClient {
  const { config } = daemonPolicy(FILTERS, settings);
  return new RootwrapClient([daemonExecutable(), ...transport, config], { stderr: 'ignore' });
}

for (const transport of TRANSPORTS) {
  const how = transport[0] ?? 'socket';

  test(`a command runs, and fails, and is refused (${how})`, async () => {
    await using root = real(transport);
    const { stdout, stderr } = await root.execute(['sh', '-c', 'echo out; echo err >&2']);
    assert.equal([stdout, stderr], ['out', 'err']);
    const failed = await rejection(root.execute(['sh', '-c', 'exit 3']), CommandFailedError);
    assert.is(failed.exitCode, 3);
    await rejection(root.execute(['rm', '-rf', '/']), RefusedError);
    await rejection(root.execute(['no-such-program']), NotExecutableError);
  });

  test(`two hundred commands at once, each with its own output (${how})`, async () => {
    await using root = real(transport, 'daemon_max_requests = 20');
    const calls = Array.from({ length: 200 }, (_, i) => root.execute(['sh', '-c', `echo ${i}`]));
    const results = await Promise.all(calls);
    assert.equal(
      results.map(({ stdout }) => stdout),
      results.map((_, i) => `${i}`),
    );
  });

  test(`input and output of megabytes (${how})`, async () => {
    await using root = real(transport);
    const input = Buffer.alloc(5_000_000, 'abc\n');
    const { stdout } = await root.execute(['cat'], {
      input,
      encoding: 'buffer',
      stripFinalNewline: false,
    });
    assert.ok(Buffer.from(stdout).equals(input));
    const running = root.start(['sh', '-c', 'head -c 30000000 /dev/zero; echo end >&2']);
    let bytes = 0;
    for await (const piece of running.stdout) bytes += piece.length;
    assert.is(bytes, 30_000_000);
    assert.is((await running.result).stderr, 'end');
  });

  test(`commands are ended by timeout, by cancel and by too much output (${how})`, async () => {
    await using root = real(transport);
    const sleep = ['sh', '-c', 'sleep 100'];
    const late = await rejection(root.execute(sleep, { timeout: 100 }), CommandFailedError);
    assert.equal([late.timedOut, late.isCanceled, late.signal], [true, false, 'SIGTERM']);
    const cancelSignal = AbortSignal.timeout(100);
    const canceled = await rejection(root.execute(sleep, { cancelSignal }), CommandFailedError);
    assert.equal([canceled.timedOut, canceled.isCanceled], [false, true]);
    const yes = root.execute(['sh', '-c', 'yes'], { maxBuffer: 1000 });
    const much = await rejection(yes, CommandFailedError);
    assert.equal([much.isMaxBuffer, (much.stdout as string).length], [true, 999]);
    const stubborn = ['sh', '-c', 'trap "" TERM; sleep 100 & wait; sleep 100'];
    const killed = root.execute(stubborn, { timeout: 200, forceKillAfterDelay: 100 });
    assert.is((await rejection(killed, CommandFailedError)).signal, 'SIGKILL');
  });

  test(`a command that was running when its daemon was killed is not run again (${how})`, async () => {
    await using root = real(transport);
    const file = join(temporaryDirectory(), 'runs');
    const call = root.execute(['sh', '-c', `echo ran >> ${file}; sleep 0.5`]);
    await root.execute(['sh', '-c', `while ! test -s ${file}; do sleep 0.05; done`]);
    const [daemon] = childrenOf(process.pid).slice(-1);
    process.kill(daemon?.pid ?? 0, 'SIGKILL');
    const error = await rejection(call, DaemonLostError);
    assert.ok(error.mayHaveRun);
    await root.execute(['true']);
    assert.is(readFileSync(file, 'utf8'), 'ran\n');
  });

  test(`a daemon that is told to end answers first, and what it declines goes to another (${how})`, async () => {
    await using root = real(transport);
    const slow = root.execute(['sh', '-c', 'sleep 0.5; echo slow; echo $PPID']);
    await root.execute(['true']);
    const [daemon] = childrenOf(process.pid).slice(-1);
    process.kill(daemon?.pid ?? 0, 'SIGTERM');
    for (let i = 0; i < 20; i++) {
      assert.is((await root.execute(['sh', '-c', `echo ${i}`])).stdout, `${i}`);
    }
    assert.match((await slow).stdout, /^slow\n/);
  });

  test(`a bad configuration is told by its line (${how})`, async () => {
    await using root = real(transport, 'daemon_max_requests = many');
    const error = await rejection(root.execute(['true']), DaemonStartError);
    assert.is(error.exitCode, 97);
    assert.match(error.message, /daemon_max_requests/);
  });
}

test('a command is disposed of though nobody reads its output', async () => {
  await using root = real();
  const running = root.start(['cat', '/dev/zero'], { forceKillAfterDelay: 3_600_000 });
  await running.pid;
  await running[Symbol.asyncDispose]();
  const { isCanceled } = (await rejection(
    running.result,
    CommandFailedError,
  )) as CommandFailedError;
  assert.ok(isCanceled);
});

test('the daemon that was started stays', async () => {
  await using root = real();
  const parent = async () => (await root.execute(['sh', '-c', 'echo $PPID'])).stdout;
  const first = await parent();
  await wait(1500); // by then the client has given up on a daemon that ends after its first words
  assert.is(await parent(), first);
});

test('a stream, a signal, and the process that a command is', async () => {
  await using root = real();
  const running = root.start([
    'sh',
    '-c',
    'echo $$; read word; echo "$word"; kill -STOP $$; sleep 9',
  ]);
  const pid = await running.pid;
  running.stdin.end('said\n');
  running.stdout.setEncoding('utf8');
  let output = '';
  for await (const piece of running.stdout) {
    output += piece;
    if (output.endsWith('said\n')) running.kill('SIGKILL');
  }
  assert.is(output, `${pid}\nsaid\n`);
  assert.is((await rejection(running.result, CommandFailedError)).signal, 'SIGKILL');
});

test('variables are set where an EnvFilter allows it', async () => {
  await using root = real();
  const env = { GREETING: 'hi = there' };
  assert.is((await root.execute(['sh', '-c', 'echo $GREETING'], { env })).stdout, 'hi = there');
  await rejection(root.execute(['true'], { env }), RefusedError);
});

test('a refusal is explained when the daemon is to', async () => {
  await using root = real([], 'daemon_explain_refusals = true');
  const error = await rejection(root.execute(['ls', '/']), RefusedError);
  assert.match(error.message, /the filters said/);
});

test('whoever listens to calls is told which filter allowed each', async () => {
  await using root = real();
  const filters: unknown[] = [];
  const take = (event: unknown) => filters.push((event as CallEvent).filter);
  subscribe('tsrootwrap.client.call.end', take);
  await root.execute(['cat', '/dev/null']);
  await root.start(['sh', '-c', 'exit 3'], { stdout: 'collect', reject: false }).result;
  await root.execute(['cat', '/dev/zero'], { maxBuffer: 10, reject: false });
  await rejection(root.execute(['rm']), RefusedError);
  unsubscribe('tsrootwrap.client.call.end', take);
  await root.execute(['cat', '/dev/null']);
  assert.equal(filters, ['cat', 'sh', 'cat', undefined]);
});

test('a daemon for each connection to a socket, as systemd starts them', async () => {
  const { config } = daemonPolicy(FILTERS);
  const socketPath = join(temporaryDirectory(), 'rootwrap.sock');
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const daemon = spawn(daemonExecutable(), ['--stdio', config], {
      stdio: [socket, socket, 'ignore'],
    });
    daemon.on('spawn', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const root = new RootwrapClient({ socketPath });
  assert.is((await root.execute(['sh', '-c', 'echo a'])).stdout, 'a');
  assert.is(await text(root.start(['sh', '-c', 'echo b']).stdout), 'b\n');
  await root.close();
  server.close();
});

test('the client is loaded without the native addon, which another system may lack', () => {
  const program = `
    process.dlopen = () => { throw new Error('loaded'); };
    const { RootwrapClient } = await import('tsrootwrap/client');
    console.log(typeof RootwrapClient);`;
  const words = ['--input-type=module', '-e', program];
  assert.is(run(process.execPath, words, { cwd: ROOT }).stdout, 'function\n');
});

test.run();
