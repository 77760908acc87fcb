import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { inNode, thrown } from './program.js';
import { command, ofKind, pause, script, start } from './runs.js';

test('a command is told of once, with its exit code and both outputs', async () => {
  const { events, ended } = start(script('echo out; echo err >&2; exit 7'));
  const end = { code: 7, signal: null, stdout: Buffer.from('out\n'), stderr: Buffer.from('err\n') };
  assert.equal(await ended, end);
  await pause(20);
  assert.is(events.length, 1);
});

test('an empty output is undefined', async () => {
  const end = { code: 0, signal: null, stdout: undefined, stderr: undefined };
  assert.equal(await start(command('/bin/true', [])).ended, end);
});

test('a command killed by a signal says which', async () => {
  const { code, signal } = await start(script('kill -USR1 $$')).ended;
  assert.equal([code, signal], [null, 10]);
});

test('arbitrary bytes come out as they went in', async () => {
  const input = Buffer.concat([
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    randomBytes(3000),
  ]);
  const { stdout } = await start(command('/bin/cat', [], { input })).ended;
  assert.equal(stdout, input);
});

test('the outputs are kept apart', async () => {
  const text = 'i=0; while [ $i -lt 2000 ]; do echo $i; echo e$i >&2; i=$((i+1)); done';
  const { stdout, stderr } = await start(script(text)).ended;
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  assert.is(stdout?.toString(), numbers.map((n) => `${n}\n`).join(''));
  assert.is(stderr?.toString(), numbers.map((n) => `e${n}\n`).join(''));
});

test('much output comes whole', async () => {
  const { stdout } = await start(command('/usr/bin/head', ['-c', '20000000', '/dev/zero'])).ended;
  assert.is(stdout?.length, 20_000_000);
  assert.ok(stdout?.every((byte) => byte === 0));
});

test('as much output as may be kept is no overflow', async () => {
  const { events, ended } = start(script('printf 12345; printf 67890 >&2', { mostOutput: 10 }));
  const { stdout, stderr } = await ended;
  assert.equal([stdout?.toString(), stderr?.toString()], ['12345', '67890']);
  assert.is(events.length, 1);
});

test('more output than that is told once, and what came first is kept', async () => {
  const { run, events, ended } = start(
    command('/usr/bin/head', ['-c', '10000000', '/dev/zero'], { mostOutput: 100_001 }),
  );
  const { signal, stdout } = await ended;
  assert.equal([stdout?.length, signal], [100_001, 13]); // SIGPIPE, for the pipe was closed
  assert.equal(
    events.map(([kind]) => kind),
    ['overflow', 'ended'],
  );
  assert.is(posix.signalRun(run, 0, false), false);
});

test('the bound is for both outputs together', async () => {
  const text = 'printf 123456; sleep 0.05; printf abcdef >&2';
  const { events, ended } = start(script(text, { mostOutput: 10 }));
  const { stdout, stderr } = await ended;
  assert.equal([stdout?.toString(), stderr?.toString()], ['123456', 'abcd']);
  assert.is(ofKind('overflow', events).length, 1);
});

test('a command that overflowed runs on until somebody ends it', async () => {
  const { events, ended } = start(
    script('echo 12345; exec sleep 60', { mostOutput: 3 }),
    ([kind], run) => {
      if (kind === 'overflow') setTimeout(() => posix.signalRun(run, 15, false), 50);
    },
  );
  const { signal, stdout } = await ended;
  assert.equal([signal, stdout?.toString()], [15, '123']);
  assert.is(events.length, 2);
});

test('with nothing kept, the first byte is too much', async () => {
  const { events, ended } = start(script('printf x', { mostOutput: 0 }));
  assert.is((await ended).stdout, undefined);
  assert.is(ofKind('overflow', events).length, 1);
  assert.is((await start(command('/bin/true', [], { mostOutput: 0 })).ended).code, 0);
});

test('another process that holds the output open is told of, and abandoning ends the run', async () => {
  const started = start(script('echo first; sleep 60 & echo second'), ([kind], run) => {
    posix.killGroupAtEnd(run); // only to leave nothing behind
    if (kind === 'exited') setTimeout(() => posix.abandon(run), 20);
  });
  const { code, stdout } = await started.ended;
  assert.equal([code, stdout?.toString()], [0, 'first\nsecond\n']);
  assert.equal(
    started.events.map(([kind]) => kind),
    ['exited', 'ended'],
  );
});

test('what such a process writes is still read, and its end ends the run', async () => {
  const { events, ended } = start(script('(sleep 0.1; echo late) & echo early'));
  assert.is((await ended).stdout?.toString(), 'early\nlate\n');
  assert.equal(
    events.map(([kind]) => kind),
    ['exited', 'ended'],
  );
});

test('abandoned before it exits, a run ends as soon as the process has', async () => {
  const { run, events, ended } = start(script('sleep 60 & exec sleep 0.1'));
  posix.killGroupAtEnd(run); // only to leave nothing behind
  posix.abandon(run);
  assert.is((await ended).code, 0);
  assert.is(events.length, 1);
});

test('a command has a session and the three descriptors, blocking, and nothing else', async () => {
  const held = start(command('/bin/sleep', ['60'], { feeding: true }));
  const text = `read -r _ _ _ _ _ session _ </proc/$$/stat; [ $session = $$ ] && echo leader
    for fd in /proc/$$/fd/*; do echo \${fd##*/}; done; cat /proc/$$/fdinfo/[012]`;
  const { stdout } = await start(script(text, { feeding: true, input: Buffer.of() })).ended;
  posix.signalRun(held.run, 9, false);
  const lines = stdout?.toString().split('\n') ?? [];
  assert.equal(lines.slice(0, 4), ['leader', '0', '1', '2']);
  const flags = lines.filter((line) => line.startsWith('flags'));
  assert.equal(flags, ['flags:\t00', 'flags:\t01', 'flags:\t01']);
  await held.ended;
});

test('a program that does not start is an error, and nobody is called', async () => {
  const call = () => assert.unreachable();
  const error = thrown(() => posix.run(command('/bin/nothing', []), call));
  assert.equal({ ...error }, { code: 'ENOENT', errno: 2, syscall: 'execve', step: 'exec' });
  await pause(20);
});

test('the end is told from the loop, never before run has returned', async () => {
  let returned = false;
  const ended = new Promise<void>((resolve) => {
    posix.run(command('/bin/true', []), () => {
      assert.ok(returned);
      resolve();
    });
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // it has ended
  returned = true;
  await ended;
});

test('a listener may start the next command', async () => {
  let rest = 50;
  await new Promise<void>((resolve) => {
    const next = () => {
      posix.run(command('/bin/true', []), () => (--rest > 0 ? next() : resolve()));
    };
    next();
  });
  assert.is(rest, 0);
});

test('the pid is that of the command', async () => {
  const { run, ended } = start(script('echo $$; exec cat', { feeding: true }));
  assert.is(readFileSync(`/proc/${run.pid}/stat`, 'utf8').split(' ')[0], String(run.pid));
  posix.feed(run, null);
  assert.is((await ended).stdout?.toString(), `${run.pid}\n`);
});

test('a value of the wrong type is refused and never converted', () => {
  for (const wrong of [
    { mostOutput: -1 },
    { mostOutput: 1.5 },
    { mostOutput: undefined },
    { window: '5' },
    { window: -1 },
    { feeding: 1 },
    { input: 'text' },
    { input: new Uint16Array(2) },
    { argv: [] },
    { file: 'bin/true' },
  ]) {
    const refused = thrown(() =>
      posix.run({ ...command('/bin/true', []), ...wrong } as never, () => {}),
    );
    assert.is(refused.code, 'EINVAL', JSON.stringify(wrong));
  }
  assert.is(thrown(() => posix.run(command('/bin/true', []), {} as never)).code, 'EINVAL');
});

test('what is no run is refused', () => {
  for (const wrong of [{}, null, undefined, 5, { pid: 1 }, Buffer.alloc(200)] as never[]) {
    assert.is(thrown(() => posix.feed(wrong, null)).code, 'EINVAL');
    assert.is(thrown(() => posix.allow(wrong, 1)).code, 'EINVAL');
    assert.is(thrown(() => posix.abandon(wrong)).code, 'EINVAL');
    assert.is(thrown(() => posix.signalRun(wrong, 0, false)).code, 'EINVAL');
    assert.is(thrown(() => posix.killGroupAtEnd(wrong)).code, 'EINVAL');
  }
});

test('what the listener throws is an uncaught exception', () => {
  const result = inNode(`
    process.on('uncaughtException', (error) => { console.log('uncaught', error.message); });
    posix.run({ file: '/bin/echo', argv: ['echo', 'x'], environment: [], mostOutput: 0 },
      (event) => { throw new Error(event); });`);
  assert.is(result.stdout, 'uncaught overflow\nuncaught ended\n');
});

test('a run keeps the process alive, and a finished one does not', () => {
  const result = inNode(`
    posix.run({ file: '/bin/sleep', argv: ['sleep', '0.2'], environment: [], mostOutput: 0 },
      (event) => console.log(event));`);
  assert.equal([result.stdout, result.status, result.signal], ['ended\n', 0, null]);
});

test.run();
