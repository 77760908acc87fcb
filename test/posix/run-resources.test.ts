import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { RLIMIT } from '#src/posix/limits.js';
import { children, inNode, thrown } from './program.js';
import { command, script, start } from './runs.js';

const held = () => [readdirSync('/proc/self/fd').length, children().length];

/** The loop's own descriptor for runs is opened by the first. */
const warm = () => start(command('/bin/true', [])).ended;

test('two thousand runs leave no descriptor and no zombie', async () => {
  await warm();
  const before = held();
  for (let n = 0; n < 2000; n += 10) {
    await Promise.all(
      Array.from(
        { length: 10 },
        () => start(script('cat; echo e >&2', { input: Buffer.from('x') })).ended,
      ),
    );
  }
  assert.equal(held(), before);
});

test('sixty-four commands run at once, each with its own end', async () => {
  const ends = await Promise.all(
    Array.from({ length: 64 }, async (_, i) => {
      const { code, stdout } = await start(script(`cat; exit ${i}`, { input: Buffer.from(`${i}`) }))
        .ended;
      return [code, stdout?.toString()];
    }),
  );
  assert.equal(
    ends,
    Array.from({ length: 64 }, (_, i) => [i, `${i}`]),
  );
});

test('a thousand failures leave no descriptor and no zombie', async () => {
  await warm();
  const before = held();
  const image = command('/bin/nothing', [], { feeding: true, input: Buffer.alloc(100_000) });
  for (let n = 0; n < 1000; n++) thrown(() => posix.run(image, () => assert.unreachable()));
  assert.equal(held(), before);
});

test('without a descriptor to be had it fails at stdio, wherever they run out', async () => {
  await warm();
  const { soft } = posix.getLimit(RLIMIT.NOFILE);
  const result = inNode(
    `
    import { closeSync, openSync, readdirSync } from 'node:fs';
    const image = { file: '/bin/cat', argv: ['cat'], environment: [], mostOutput: 10, feeding: true };
    const start = () => new Promise((resolve) => {
      posix.feed(posix.run(image, (event) => event === 'ended' && resolve()), null);
    });
    await start();
    const count = () => readdirSync('/proc/self/fd').length;
    const before = count();
    const fds = [];
    try { for (;;) fds.push(openSync('/dev/null', 'r')); } catch {}
    const steps = [];
    for (let free = 0; free <= 8; free++) {
      try { await start(); steps.push('good'); }
      catch (error) { steps.push(error.code + ' ' + error.step); }
      closeSync(fds.pop());
    }
    for (const fd of fds) closeSync(fd);
    console.log(steps.join(), count() - before);`,
    '',
    ['/bin/sh', '-c', 'ulimit -n 200; exec "$@"', 'sh'],
  );
  assert.ok(soft === null || soft > 200);
  assert.is(
    result.stdout,
    `${Array(6).fill('EMFILE stdio').join()},EMFILE clone,good,good 0\n`,
    result.stderr,
  );
});

test('a run that JavaScript forgets goes on and ends', () => {
  const result = inNode(
    `
    let ended = 0;
    const start = (input) => posix.run({ file: '/bin/cat', argv: ['cat'], environment: [],
      mostOutput: 1e6, input }, (event) => { if (event === 'ended') ended++; });
    for (let n = 0; n < 50; n++) start(Buffer.alloc(200_000));
    gc();
    const turn = setInterval(() => {
      gc();
      if (ended < 50) return;
      clearInterval(turn);
      console.log(ended);
    }, 5);`,
    '',
    [],
    ['--expose-gc'],
  );
  assert.equal([result.stdout, result.status], ['50\n', 0], result.stderr);
});

test('a run that JavaScript forgets after its end is fine, too', () => {
  const result = inNode(
    `
    const image = { file: '/bin/true', argv: ['true'], environment: [], mostOutput: 0 };
    for (let n = 0; n < 50; n++) {
      await new Promise((resolve) => posix.run(image, resolve));
      gc();
    }
    for (let n = 0; n < 50; n++) {
      try { posix.run({ ...image, file: '/bin/nothing' }, () => {}); } catch {}
      gc();
    }
    await new Promise(setImmediate);
    console.log('good');`,
    '',
    [],
    ['--expose-gc'],
  );
  assert.equal([result.stdout, result.status], ['good\n', 0], result.stderr);
});

const body = `
    import { Worker } from 'node:worker_threads';
    import { readdirSync } from 'node:fs';
    const count = () => readdirSync('/proc/self/fd').length;
    const start = (what) => new Promise((resolve) => {
      const worker = new Worker("import('" + ${JSON.stringify(import.meta.resolve('#src/posix/addon.js'))} +
        "').then(({ posix }) => { const { parentPort } = require('worker_threads');" +
        "const run = (more, listener) => posix.run({ file: '/bin/cat', argv: ['cat'], environment: []," +
        "mostOutput: 1e6, ...more }, listener);" + what + "})", { eval: true, execArgv: [] });
      worker.on('message', (message) => message === 'end me' ? worker.terminate() : console.log(message));
      worker.on('exit', resolve);
    });`;

test('a worker thread may run commands', () => {
  const result = inNode(`${body}
    await start("run({ input: Buffer.from('x') }, (event, code, signal, out) => parentPort.postMessage(out.toString()))");`);
  assert.equal([result.stdout, result.status], ['x\n', 0], result.stderr);
});

test('a worker thread that ends with runs under way leaves nothing open', () => {
  const result = inNode(`${body}
    await start("run({ input: Buffer.from('x') }, () => {})");
    const before = count();
    for (let n = 0; n < 5; n++) {
      await start("for (let n = 0; n < 5; n++) { const r = run({ feeding: true, input: Buffer.alloc(1e6) }, () => {});" +
        " posix.feed(r, Buffer.alloc(1e6)); } parentPort.postMessage('end me')");
      await start("run({}, () => process.exit())");
      await start("run({ window: 1, input: Buffer.alloc(9) }, () => process.exit())");
    }
    console.log(count() - before);`);
  assert.equal([result.stdout, result.status], ['0\n', 0], result.stderr);
});

test('the process may end with runs under way', () => {
  const result = inNode(`
    for (let n = 0; n < 5; n++) posix.run({ file: '/bin/sleep', argv: ['sleep', '3'], environment: [],
      mostOutput: 0, feeding: true, input: Buffer.alloc(1e6) }, () => console.log('never'));
    setTimeout(() => process.exit(5), 50);`);
  assert.equal([result.status, result.stdout], [5, '']);
});

test('a process that Node itself starts gets none of the pipes', async () => {
  const list = () => spawnSync('/bin/ls', ['/proc/self/fd'], { encoding: 'utf8' }).stdout;
  await warm();
  const before = list();
  const { run, ended } = start(command('/bin/cat', [], { feeding: true }));
  const during = list();
  posix.feed(run, null);
  await ended;
  assert.is(during, before);
});

test.run();
