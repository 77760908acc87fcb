import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CommandEnd, type CommandLimits, RunningCommand } from '#src/exec/running-command.js';
import type { RunImage } from '#src/posix/addon.js';
import { patiently, until } from '../support/patience.js';
import { isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';
import { trace } from '../support/tracer.js';

const LIMITS: CommandLimits = { killSignal: 15, killAfter: 60_000 };

interface Started {
  readonly command: RunningCommand;
  readonly end: Promise<CommandEnd>;
  /** The next piece of output. */
  readonly output: Promise<string>;
}

function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/** As the test itself is. */
const OWN = { credentials: undefined, pinned: [], softNofile: 256, limits: [] };

function shell(
  line: string,
  limits: Partial<CommandLimits> = {},
  rest: Partial<RunImage> = {},
): Started {
  const output = later<string>();
  const end = later<CommandEnd>();
  const command = new RunningCommand(
    {
      file: '/bin/sh',
      argv: ['/bin/sh', '-c', line],
      environment: ['PATH=/usr/bin:/bin'],
      ...OWN,
      mostOutput: 1000,
      ...rest,
    },
    { ...LIMITS, ...limits },
    { ended: end.resolve, output: (_which, bytes) => output.resolve(bytes.toString()) },
  );
  return { command, end: end.promise, output: output.promise };
}

test('a command ends with its status and what it wrote', async () => {
  const { code, signal, stdout, stderr, reason, heldOpen } = await shell(
    'echo out; echo err >&2; exit 3',
  ).end;
  assert.equal([code, signal, String(stdout), String(stderr)], [3, null, 'out\n', 'err\n']);
  assert.equal([reason, heldOpen], [undefined, false]);
});

test('a timeout ends it, and says so', async () => {
  const { signal, reason } = await shell('sleep 1000', { timeout: 50 }).end;
  assert.equal([signal, reason], [15, 'timedOut']);
});

test('the signal to end by is the one that was asked for', async () => {
  const { command, end, output } = shell(
    'trap "exit 7" INT; echo on; sleep 1000 & wait',
    { killSignal: 2 },
    { window: 100 },
  );
  await output;
  command.end('aborted');
  const { code, reason } = await end;
  assert.equal([code, reason], [7, 'aborted']);
});

test('SIGKILL ends one that ignores the signal', async () => {
  const { command, end, output } = shell(
    'trap "" TERM; echo on; while :; do sleep 1; done',
    { killAfter: 50 },
    { window: 100 },
  );
  await output;
  command.end('aborted');
  assert.is((await end).signal, 9);
});

test('what it started ends with it, output held or not', async () => {
  for (const redirection of ['', '>/dev/null 2>&1']) {
    const line = `sh -c 'trap "" TERM; sleep 1000' ${redirection} & echo $!; wait`;
    const { command, end, output } = shell(line, {}, { window: 100 });
    const pid = Number(await output);
    assert.ok(isAlive(pid));
    command.end('aborted');
    assert.not.ok((await end).heldOpen);
    await until(`it is gone ${redirection}`, () => !isAlive(pid));
  }
});

test('it ends though another process holds its output, which is left alone', async () => {
  const { code, stdout, heldOpen } = await shell('sleep 1000 & echo $!').end;
  assert.equal([code, heldOpen], [0, true]);
  const pid = Number(stdout);
  assert.ok(isAlive(pid));
  process.kill(pid, 'SIGKILL');
});

test('more output than is kept ends it, and the beginning is kept', async () => {
  const { reason, stdout } = await shell('yes').end;
  assert.is(reason, 'overflowed');
  assert.is(stdout.toString(), 'y\n'.repeat(500));
});

test('the first reason to end counts', async () => {
  const { command, end } = shell('sleep 1000');
  command.end('timedOut');
  command.end('aborted');
  assert.is((await end).reason, 'timedOut');
});

testWith(
  ['root', 'python3'],
  'being told to end does not put off giving up a traced one',
  async () => {
    const { command, end } = shell('read word', {}, { feeding: true });
    const letGo = await trace(command.pid);
    try {
      command.feed(null);
      await until('its end', () => !isAlive(command.pid));
      await wait(100); // the first tries to reap it
      command.end('aborted', { killSignal: 15, killAfter: 3_600_000 });
      assert.is((await patiently('the end', end)).code, 255);
    } finally {
      await letGo();
    }
  },
);

test('a signal reaches the command, and nobody after its end', async () => {
  const { command, end, output } = shell(
    'trap "exit 4" USR1; echo on; while :; do sleep 0.01; done',
    {},
    { window: 100 },
  );
  await output;
  assert.ok(command.signal(10));
  assert.is((await end).code, 4);
  assert.not.ok(command.signal(10));
});

test('its input is fed, and its output allowed, piece by piece', async () => {
  const pieces: string[] = [];
  let fed = 0;
  const end = later<CommandEnd>();
  const command = new RunningCommand(
    {
      file: '/bin/cat',
      argv: ['cat'],
      environment: [],
      ...OWN,
      mostOutput: 0,
      window: 3,
      feeding: true,
    },
    LIMITS,
    {
      ended: end.resolve,
      fed: (count) => {
        fed += count;
      },
      output: (_which, bytes) => {
        pieces.push(bytes.toString());
        command.allow(3);
      },
    },
  );
  command.feed(Buffer.from('abcdefgh'));
  command.feed(null);
  assert.is((await end.promise).code, 0);
  assert.is(pieces.join(''), 'abcdefgh');
  assert.ok(pieces.every((piece) => piece.length <= 3));
  assert.is(fed, 8);
});

test.run();
