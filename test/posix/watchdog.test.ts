import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix, type RunImage } from '#src/posix/addon.js';
import { patiently } from '../support/patience.js';
import { environmentOfNode, inNode, nodeWords, testAsRoot } from './program.js';
import { command, ofKind, start, until } from './runs.js';

const BLOCKED =
  'tsrootwrap-privileged: a privileged function did not give the event loop back; ' +
  'the helper is killed\n';
const LEFT_OVER =
  'tsrootwrap-privileged: the service has gone and the helper did not end; it is killed\n';

/** Ten minutes: as long as for ever, for a test. */
const LONG = 600_000;

/** What the modules below may use. */
const TOOLS = `
  import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
  const block = () => { for (;;); };
  const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const threads = () => readdirSync('/proc/self/task');
  const ticks = (id) => {
    const fields = readFileSync('/proc/self/task/' + id + '/stat', 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  /** Starts a watchdog and returns its thread. */
  const watchdog = (fd, grace) => {
    const before = threads();
    posix.watchdog(fd, grace);
    return threads().find((id) => !before.includes(id));
  };
  /** For how often the clock caught that thread at work, while it caught this one fifty times. */
  const busy = (id) => {
    const [mine, its] = [ticks(process.pid), ticks(id)];
    while (ticks(process.pid) < mine + 50);
    return ticks(id) - its;
  };`;

/** A Node to its end, with a watchdog over a socket whose other end stays open. */
function watched(source: string, grace = LONG) {
  return inNode(`${TOOLS}
    const [fd, other] = posix.socketPair();
    const thread = watchdog(fd, ${grace});
    ${source}`);
}

/** A Node with pipes of the addon's. */
function startNode(source: string, more: Partial<RunImage>) {
  const [file = '', ...args] = nodeWords(TOOLS + source);
  return start(command(file, args, { environment: environmentOfNode, ...more }));
}

/** A Node on one end of a socket pair, which is its descriptor 3; `socket` is the other. */
function connected(source: string) {
  const [ours, theirs] = posix.socketPair();
  const [file = '', ...args] = nodeWords(TOOLS + source);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe', theirs] });
  closeSync(theirs);
  const socket = new Socket({ fd: ours, allowHalfOpen: true });
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  const ended = patiently(
    'its end',
    Promise.all([exit, text(child.stderr as NodeJS.ReadableStream as Socket)]),
  ).then(([[code, signal], stderr]) => ({ code, signal, stderr }));
  const ready = () => patiently('its first word', once(child.stdout as Socket, 'data'));
  return { socket, ready, ended };
}

test('a blocked event loop is the end when the deadline has passed, and that is said', () => {
  const { signal, stderr } = watched('posix.deadline(20); block();');
  assert.equal([signal, stderr], ['SIGKILL', BLOCKED]);
});

test('a deadline of no time at all is one', () => {
  assert.is(watched('posix.deadline(0); block();').signal, 'SIGKILL');
});

test('an earlier deadline counts although the thread sleeps for a later one', () => {
  const { signal, stderr } = watched(
    `posix.deadline(${LONG}); sleep(50); posix.deadline(20); block();`,
  );
  assert.equal([signal, stderr], ['SIGKILL', BLOCKED]);
});

test('a deadline that was moved or cleared has no effect any more', () => {
  for (const instead of [LONG, null]) {
    const { status, stderr } = watched(`
      posix.deadline(2000);
      posix.deadline(${instead});
      sleep(3000);`);
    assert.equal([status, stderr], [0, ''], String(instead));
  }
});

test('a deadline after one that was cleared counts', () => {
  const { signal } = watched(`
    for (let i = 0; i < 1000; i++) { posix.deadline(${LONG}); posix.deadline(null); }
    posix.deadline(20);
    block();`);
  assert.is(signal, 'SIGKILL');
});

test('a deadline that is moved all the time never comes', () => {
  const { status, stderr } = watched(`
    for (let i = 0; i < 300; i++) { posix.deadline(2000); sleep(10); }`);
  assert.equal([status, stderr], [0, '']);
});

test('a process with a deadline and a watchdog ends as others do', () => {
  const { status, stdout } = watched(`
    posix.deadline(${LONG});
    process.on('exit', () => console.log('exit'));
    setTimeout(() => { process.exitCode = 7; }, 10);`);
  assert.equal([status, stdout], [7, 'exit\n']);
});

test('a process that nobody reads is killed all the same', async () => {
  const source = `
    const [fd, other] = posix.socketPair();
    const { constants } = await import('node:fs');
    const filler = openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK);
    try { for (;;) writeSync(filler, 'x'.repeat(4096)); } catch {}
    try { for (;;) writeSync(filler, 'x'); } catch {}
    posix.watchdog(fd, ${LONG});
    posix.deadline(20);
    block();`;
  const { run, events, ended } = startNode(source, { window: 0 });
  // Told only when the process has ended while its output is unread.
  await until(() => ofKind('unread', events).length > 0);
  posix.allow(run, 1 << 20);
  assert.is((await ended).signal, 9);
});

test('the event loop is told once that the other end has gone, though nobody reads', async () => {
  const { stdout } = inNode(`${TOOLS}
    const [fd, other] = posix.socketPair();
    posix.watchdog(fd, ${LONG}, () => writeSync(1, 'told '));
    writeSync(1, 'ready ');
    closeSync(other);
    setTimeout(() => {}, 200);`);
  assert.is(stdout, 'ready told ');
});

test('when the other end of a socket is closed a blocked process is killed, and that is said', async () => {
  const { socket, ready, ended } = connected(`
    posix.watchdog(3, 20); writeSync(1, 'ready'); block();`);
  await ready();
  socket.destroy();
  assert.equal(await ended, { code: null, signal: 'SIGKILL', stderr: LEFT_OVER });
});

test('when the other end of a socket will write no more a blocked process is killed', async () => {
  const { socket, ready, ended } = connected(`
    posix.watchdog(3, 20); writeSync(1, 'ready'); block();`);
  await ready();
  socket.end();
  assert.is((await ended).signal, 'SIGKILL');
});

test('when the other end of a pipe is closed a blocked process is killed, data unread or not', async () => {
  for (const data of ['', 'some data']) {
    const source = "posix.watchdog(0, 20); writeSync(1, 'ready'); block();";
    const { run, events, ended } = startNode(source, { feeding: true, window: 1000 });
    await until(() => ofKind('output', events).length > 0);
    if (data !== '') posix.feed(run, Buffer.from(data));
    posix.feed(run, null);
    assert.is((await ended).signal, 9);
  }
});

test('when nobody reads the pipe that is watched any more a blocked process is killed', async () => {
  const source = "posix.watchdog(1, 20); writeSync(1, 'ready'); block();";
  const { run, events, ended } = startNode(source, { window: 1000 });
  await until(() => ofKind('output', events).length > 0);
  posix.abandon(run);
  assert.is((await ended).signal, 9);
});

test('a process that ends within the grace is not killed', async () => {
  const { socket, ready, ended } = connected(`
    posix.watchdog(3, ${LONG});
    const { Socket } = await import('node:net');
    new Socket({ fd: 3 }).on('end', () => { process.exitCode = 5; }).resume();
    writeSync(1, 'ready');`);
  await ready();
  socket.end('the end');
  assert.equal(await ended, { code: 5, signal: null, stderr: '' });
});

test('what the watchdog watches is still there to be read', async () => {
  const { socket, ready, ended } = connected(`
    posix.watchdog(3, ${LONG});
    writeSync(1, 'ready');
    const { Socket } = await import('node:net');
    new Socket({ fd: 3 }).on('data', (data) => process.stderr.write(data)).resume();`);
  await ready();
  socket.end('all of it');
  assert.equal(await ended, { code: 0, signal: null, stderr: 'all of it' });
});

test('waiting data is no hang-up', () => {
  const { status, stderr } = watched("writeSync(other, 'unread'); sleep(500);", 0);
  assert.equal([status, stderr], [0, '']);
});

test('waiting data, a deadline, and ends that are closed on one side, leave the thread asleep', async () => {
  const { stdout, stderr } = watched(`
    writeSync(other, 'unread');
    posix.deadline(${LONG}); // wakes it once
    console.log(busy(thread) < 10);
    const { Socket } = await import('node:net');
    const socket = new Socket({ fd });
    await new Promise((done) => socket.end(done));
    console.log(busy(thread) < 10);
    process.exit();`);
  assert.is(stdout, 'true\ntrue\n', stderr);
  for (const hangUp of ['end()', 'destroy()']) {
    const { socket, ready, ended } = connected(`
      const thread = watchdog(3, ${LONG});
      writeSync(1, 'ready');
      sleep(200);
      writeSync(2, String(busy(thread) < 10));`);
    await ready();
    if (hangUp === 'end()') socket.end();
    else socket.destroy();
    assert.is((await ended).stderr, 'true', hangUp);
  }
});

test('closing the descriptor, and another file under its number, mean nothing to the watchdog', () => {
  const { status, stdout } = watched(
    `closeSync(fd);
     const [again, away] = posix.socketPair();
     closeSync(away);
     posix.deadline(${LONG}); // wakes the thread, which then polls anew
     sleep(500);
     console.log(again === fd);`,
    0,
  );
  assert.equal([status, stdout], [0, 'true\n']);
});

test('a second watchdog is refused, and a failed first one is none', () => {
  const { stdout } = inNode(`
    const [fd] = posix.socketPair();
    const attempt = (action) => {
      try { action(); console.log('fine'); } catch (error) { console.log(error.message); }
    };
    attempt(() => posix.deadline(1));
    attempt(() => posix.watchdog(999, 1));
    attempt(() => posix.deadline(null));
    attempt(() => posix.watchdog(fd, ${LONG}));
    attempt(() => posix.watchdog(fd, ${LONG}));
    attempt(() => posix.deadline(null));`);
  assert.equal(stdout.split('\n').slice(0, -1), [
    'deadline: EINVAL: there is no watchdog: call watchdog first',
    'fcntl: EBADF: Bad file descriptor',
    'deadline: EINVAL: there is no watchdog: call watchdog first',
    'fine',
    'watchdog: EALREADY: this process has one',
    'fine',
  ]);
});

test('a value of the wrong type is refused and never converted', () => {
  const { stdout } = watched(`
    for (const wrong of [-1, 0.5, NaN, Infinity, 2 ** 31, '1', undefined, 1n, {}]) {
      for (const action of [() => posix.deadline(wrong), () => posix.watchdog(fd, wrong),
          () => posix.watchdog(wrong, 1)]) {
        try { action(); } catch (error) { console.log(error.code); }
      }
    }`);
  assert.equal(stdout.split('\n').slice(0, -1), Array(27).fill('EINVAL'));
});

test('the thread outlives the worker that started it, and that alone loaded the addon', () => {
  const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
  const worker = `import { posix } from ${addon};
    const [fd] = posix.socketPair();
    posix.watchdog(fd, ${LONG});
    posix.deadline(1500);`;
  const source = `
    const { Worker } = await import('node:worker_threads');
    const { once } = await import('node:events');
    const url = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)});
    await once(new Worker(new URL(url)), 'exit');
    console.log('worker gone');
    for (;;);`;
  const { signal, stderr, stdout } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', source],
    { encoding: 'utf8', timeout: 60_000 },
  );
  assert.equal([signal, stderr, stdout], ['SIGKILL', BLOCKED, 'worker gone\n']);
});

test('a thread of Node’s loads the addon and ends while the watchdog runs', () => {
  const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
  const { stdout, stderr } = watched(`
    const { Worker } = await import('node:worker_threads');
    const { once } = await import('node:events');
    const source = 'import(' + ${JSON.stringify(addon)} + ').then(({ posix }) => posix.deadline(null))';
    for (let i = 0; i < 5; i++) await once(new Worker(source, { eval: true }), 'exit');
    console.log(threads().includes(thread));`);
  assert.is(stdout, 'true\n', stderr);
});

testAsRoot('a change of user reaches the thread, and does not wait for it for ever', () => {
  const { stdout, stderr } = watched(`
    process.setgroups([]); process.setgid(2345); process.setuid(1234);
    const status = readFileSync('/proc/self/task/' + thread + '/status', 'utf8');
    console.log(/^Uid:.*$/m.exec(status)[0], /^Gid:.*$/m.exec(status)[0]);`);
  assert.is(stdout, 'Uid:\t1234\t1234\t1234\t1234 Gid:\t2345\t2345\t2345\t2345\n', stderr);
});

test('the thread takes no signal that is for the process', () => {
  const { stdout } = watched(`
    const blocked = () =>
      /^SigBlk:\\t(.*)$/m.exec(readFileSync('/proc/self/task/' + thread + '/status', 'utf8'))[1];
    // The C library starts a thread with all of them blocked.
    for (let i = 0; i < 500 && blocked() === 'fffffffffffbfeff'; i++) sleep(10);
    console.log(blocked());`);
  // All but SIGKILL and SIGSTOP, which none can block, and the C library's 32 and 33.
  assert.is(stdout, 'fffffffe7ffbfeff\n');
});

test('a program that the process becomes is rid of it', () => {
  const { status, stdout } = watched(`
    posix.deadline(1000);
    posix.become({ file: '/bin/sh', argv: ['sh', '-c', 'sleep 2; echo done'],
      environment: ['PATH=/usr/bin:/bin'] });`);
  assert.equal([status, stdout], [0, 'done\n']);
});

test.run();
