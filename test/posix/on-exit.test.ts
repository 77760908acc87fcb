import { closeSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Exit, posix } from '#src/posix/addon.js';
import { image, inNode, run, thrown } from './program.js';

test('several hundred children are waited for at once, each with its own end', async () => {
  const ends = await Promise.all(
    Array.from({ length: 400 }, (_, i) => run(image('/bin/sh', ['-c', `exit ${i % 256}`]))),
  );
  assert.equal(
    ends,
    Array.from({ length: 400 }, (_, i) => ({ code: i % 256, signal: null })),
  );
});

test('a child that has ended before is reported all the same, and never at once', async () => {
  const { pidfd } = posix.spawn(image('/bin/true', []));
  await new Promise((resolve) => setTimeout(resolve, 50));
  let returned = false;
  const exit = await new Promise<Exit>((resolve) => {
    posix.onExit(pidfd, (end) => {
      assert.ok(returned);
      resolve(end);
    });
    returned = true;
  });
  closeSync(pidfd);
  assert.equal(exit, { code: 0, signal: null });
});

test('the callback may start and wait for the next child', async () => {
  let rest = 50;
  await new Promise<void>((resolve) => {
    const next = () => {
      const { pidfd } = posix.spawn(image('/bin/true', []));
      posix.onExit(pidfd, () => {
        closeSync(pidfd);
        if (--rest > 0) next();
        else resolve();
      });
    };
    next();
  });
  assert.is(rest, 0);
});

test('waiting keeps the process alive', () => {
  const result = inNode(`
    const { pidfd } = posix.spawn({ file: '/bin/sleep', argv: ['sleep', '0.2'], environment: [], stdio: [0, 1, 2] });
    posix.onExit(pidfd, (exit) => console.log(JSON.stringify(exit)));`);
  assert.is(result.stdout, '{"code":0,"signal":null}\n');
});

const start = `
  const start = (...argv) => posix.spawn({ file: argv[0], argv, environment: [], stdio: [0, 1, 2] }).pidfd;`;

test('what the callback throws is an uncaught exception', () => {
  const result = inNode(`${start}
    process.on('uncaughtException', (error) => { console.log('uncaught', error.message); });
    posix.onExit(start('/bin/true'), () => { throw new Error('mine'); });`);
  assert.is(result.stdout, 'uncaught mine\n');
  const unhandled = inNode(`${start}
    posix.onExit(start('/bin/true'), () => { throw new Error('mine'); });`);
  assert.match(unhandled.stderr, /Error: mine/);
  assert.is.not(unhandled.status, 0);
});

test('ticks and microtasks of one callback run before the next', () => {
  const result = inNode(`${start}
    const children = [start('/bin/true'), start('/bin/true')];
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); // both have ended
    for (const pidfd of children) {
      posix.onExit(pidfd, () => {
        Promise.resolve().then(() => console.log('microtask'));
        process.nextTick(() => console.log('tick'));
        console.log('callback');
      });
    }`);
  assert.is(result.stdout, 'callback\ntick\nmicrotask\n'.repeat(2));
});

test('a worker may wait, and may end while waiting', () => {
  const result = inNode(`
    import { Worker } from 'node:worker_threads';
    const addon = ${JSON.stringify(import.meta.resolve('#src/posix/addon.js'))};
    const body = (time) => "import('" + addon + "').then(({ posix }) => { const pidfd = posix.spawn({ file: '/bin/sleep', " +
      "argv: ['sleep', '" + time + "'], environment: [], stdio: [0, 1, 2] }).pidfd;" +
      "posix.onExit(pidfd, (exit) => require('worker_threads').parentPort.postMessage(exit.code));" +
      "require('worker_threads').parentPort.postMessage('waiting') })";
    const worker = new Worker(body('0.1'), { eval: true, execArgv: [] });
    worker.on('message', (message) => console.log(message));
    worker.on('exit', () => {
      const cut = new Worker(body('0.3'), { eval: true, execArgv: [] });
      cut.on('message', () => cut.terminate());
      cut.on('exit', () => console.log('cut'));
    });`);
  assert.is(result.stdout, 'waiting\n0\ncut\n');
  assert.is(result.status, 0);
});

test('the process may end while waiting', () => {
  const result = inNode(`${start}
    for (let i = 0; i < 5; i++) posix.onExit(start('/bin/sleep', '0.3'), () => console.log('never'));
    setTimeout(() => process.exit(5), 50);`);
  assert.equal([result.status, result.stdout], [5, '']);
});

test('a descriptor that is no child is refused', () => {
  assert.is(thrown(() => posix.onExit(12_345, () => {})).code, 'EBADF');
  assert.is(thrown(() => posix.onExit(0, () => {})).syscall, 'waitid');
  const own = posix.pidfdOpen(process.pid);
  assert.is(thrown(() => posix.onExit(own, () => {})).code, 'ECHILD');
  closeSync(own);
});

test('a child that is already waited for is refused, and the first callback still comes', async () => {
  const { pidfd } = posix.spawn(image('/bin/true', []));
  const end = new Promise<Exit>((resolve) => posix.onExit(pidfd, resolve));
  assert.is(thrown(() => posix.onExit(pidfd, () => {})).code, 'EEXIST');
  assert.is((await end).code, 0);
  closeSync(pidfd);
});

test('a callback that is no function is refused', async () => {
  const { pidfd } = posix.spawn(image('/bin/true', []));
  assert.is(thrown(() => posix.onExit(pidfd, {} as never)).code, 'EINVAL');
  await new Promise<Exit>((resolve) => posix.onExit(pidfd, resolve));
  closeSync(pidfd);
});

test.run();
