import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { ContextLog } from '#src/privileged/service/context-log.js';
import { HelperLink } from '#src/privileged/service/helper-link.js';
import { settled } from '#src/privileged/wire/answer.js';
import { takeApart } from '#src/privileged/wire/data.js';
import {
  type FakeService,
  fakeOptions,
  linesTo,
  refusal,
  withFake,
} from '../../support/fake-service.js';
import { patiently, until } from '../../support/patience.js';
import { isAlive } from '../../support/proc.js';
import * as functions from './functions.js';

const { echo, net, pid } = functions;

const NEW_ONE = /`await context\.start\(\)` starts a new one/;

function errorsOf({ lines }: FakeService): string[] {
  return lines.filter((line) => line.startsWith('error '));
}

/** What is wrong with a helper from the beginning, and what the message says of it. */
const FAILED_STARTS: readonly (readonly [title: string, behaviour: string[], said: RegExp])[] = [
  [
    'ends before it is ready',
    ['ends'],
    /did not start: it ended with exit code 4; to see more run /,
  ],
  ['is killed before it is ready', ['killed'], /did not start: it was killed by SIGKILL/],
  [
    'is refused by sudo',
    ['--complain', 'sudo: a password is required'],
    /did not start: it ended with exit code 1; give the user .* NOPASSWD .*\n {2}sudo: a password/s,
  ],
  [
    'is refused by tsrootwrap',
    ['--complain', 'tsrootwrap: Unauthorized command: x', '--exit', '99'],
    /exit code 99; add a filter for tsrootwrap-privileged with --context net/,
  ],
  [
    'is not where exec_dirs say',
    ['--complain', 'tsrootwrap: Executable not found: x', '--exit', '96'],
    /exit code 96; see that exec_dirs of the configuration has the directory where /,
  ],
  [
    'speaks another protocol',
    ['protocol'],
    /it speaks protocol 2, and this side 1; see that .* one version/,
  ],
  ['is that of another context', ['other-context'], /it is the helper of context other/],
  [
    'says that it cannot serve',
    ['fatal'],
    /did not start: it said: a thread holds CAP_SYS_ADMIN; it ended with exit code 0/,
  ],
  ['sends what is no message', ['garbage'], /did not start: the channel broke: a frame of /],
  ['answers what nobody asked', ['answers-first'], /it answered call 1, which is not open/],
];

for (const [title, behaviour, said] of FAILED_STARTS) {
  test(`a helper that ${title} is an error of every call, told once and not tried again`, async () => {
    await withFake(behaviour, async (fake) => {
      const [first, second] = await patiently(
        'both refusals',
        Promise.all([refusal(echo({ value: 1 })), refusal(echo({ value: 2 }))]),
      );
      assert.match(first.message, said);
      assert.match(first.message, NEW_ONE);
      assert.is(second.message, first.message);
      assert.is((await refusal(echo({ value: 3 }))).message, first.message);
      assert.is(errorsOf(fake).length, 1);
      assert.match(
        errorsOf(fake)[0] as string,
        /^error net: the helper of context net did not start/,
      );
      assert.match((await refusal(net.start())).message, said);
      assert.is(errorsOf(fake).length, 2); // that was another one
    });
  });
}

test('a command that is not there is an error that says what to install', async () => {
  await withFake(
    [],
    async (fake) => {
      const { message } = await refusal(echo({ value: 1 }));
      assert.match(message, /did not start: there is no \/nonexistent\/sudo; install it, or give/);
      assert.is(errorsOf(fake).length, 1);
    },
    { command: ['/nonexistent/sudo', '-n', 'tsrootwrap'] },
  );
});

test('a helper that is not ready in time is given up, and its process with it', async () => {
  await withFake(
    ['mute'],
    async ({ lines }) => {
      const { message } = await refusal(echo({ value: 1 }));
      assert.match(message, 'did not start: it was not ready within 500 ms');
      assert.is(lines.length, 1);
    },
    { startTimeout: 500 },
  );
});

/** Functions by which a helper ends or breaks the rules, and what the message says of it. */
const ENDS: readonly (readonly [name: keyof typeof functions, said: RegExp])[] = [
  ['die', /is gone: it was killed by SIGKILL/],
  ['exit', /is gone: it ended with exit code 5/],
  ['complain', /exit code 3;.*It wrote last:\n {2}the first line\n {2}the last\\x1b\[31m line$/s],
  ['fatal', /is gone: it said: this function\\x0anever ends; it ended with exit code 70/],
  ['hangUp', /is gone: it ended with exit code 0/],
  ['garbage', /the channel broke: a frame of/],
  ['noJson', /the channel broke: not JSON/],
  ['noMessage', /the channel broke: not a message/],
  ['secondReady', /it said twice that it is ready; see that .* one version/],
  ['unknownId', /it answered call 4711, which is not open/],
  ['badPlace', /broke the protocol: .*no null/],
  ['proto', /broke the protocol: .*__proto__/],
  ['cutOff', /the channel broke: the channel ended within a message/],
  ['unasked', /it cancelled unasked by itself/],
];

for (const [name, said] of ENDS) {
  test(`after \`${name}\` all calls fail, later ones too, until start() starts another`, async () => {
    await withFake([], async (fake) => {
      const former = (await pid()) as number;
      const end = new Map<string, unknown>(Object.entries(functions)).get(name) as typeof echo;
      const calls = [functions.deaf(), end({ code: 5 }), functions.wait()];
      const errors = await patiently('refusals', Promise.all(calls.map((call) => refusal(call))));
      for (const { message } of errors) {
        assert.match(message, said);
        assert.match(message, /may have done its work or not/);
        assert.match(message, NEW_ONE);
      }
      assert.is((await refusal(echo({ value: 1 }))).message, errors[0]?.message);
      assert.is(errorsOf(fake).length, 1);
      await until('the end of its process', () => !isAlive(former));
      await net.start();
      assert.is.not(await pid(), former);
      assert.is(errorsOf(fake).length, 1);
    });
  });
}

test('a helper that dies right after it was ready is an error that says so', async () => {
  await withFake(['dies-ready'], async (fake) => {
    const { message } = await refusal(functions.deaf());
    assert.match(message, /the helper of context net is gone: .*SIGKILL/);
    assert.is(errorsOf(fake).length, 1);
  });
});

test('a helper that dies while nothing is asked of it is said loudly at once', async () => {
  await withFake([], async (fake) => {
    process.kill((await pid()) as number, 'SIGKILL');
    await until('a line', () => fake.lines.length > 0);
    assert.equal(errorsOf(fake), fake.lines);
    assert.match(fake.lines[0] as string, /^error net: .* is gone: it was killed by SIGKILL/);
    assert.match((await refusal(echo({ value: 1 }))).message, NEW_ONE);
    assert.is(fake.lines.length, 1);
  });
});

test('a socket that has been closed since it was opened is an error, not a wait', async () => {
  const [ours, its] = posix.socketPair();
  closeSync(its);
  const socket = new Socket({ fd: ours, allowHalfOpen: true });
  socket.destroy();
  const lines: string[] = [];
  const reached = { input: socket, output: socket };
  const link = new HelperLink(
    net.declaration,
    reached,
    new ContextLog('net', linesTo(lines)),
    30_000,
  );
  const { message } = await refusal(link.call('x', takeApart({}), undefined).then(settled));
  assert.match(message, 'did not start: its socket was closed before it was used');
  assert.is(lines.length, 1);
  await refusal(link.ready);
});

test('a logger that throws breaks nothing', async () => {
  const fault = () => {
    throw new Error('no room in the log');
  };
  const logger = { debug: fault, info: fault, warn: fault, error: fault };
  await withFake(
    [],
    async () => {
      await functions.log({ level: 'info', message: 'x' });
      await functions.say({ text: 'x\n' });
      assert.match((await refusal(functions.die())).message, 'SIGKILL');
    },
    { logger },
  );
});

test('start() starts a helper, and does nothing where one runs', async () => {
  await withFake([], async () => {
    await Promise.all([net.start(), net.start()]);
    const first = await pid();
    await net.start();
    assert.is(await pid(), first);
  });
});

test('stop() ends the helper and waits until it is gone; calls fail until start()', async () => {
  await withFake([], async (fake) => {
    const former = (await pid()) as number;
    const running = refusal(functions.deaf());
    await net.stop();
    assert.not(isAlive(former));
    assert.match((await running).message, 'was stopped by `context.stop()`');
    assert.match((await refusal(echo({ value: 1 }))).message, NEW_ONE);
    await net.stop();
    await net.start();
    assert.is.not(await pid(), former);
    assert.equal(fake.lines, []);
  });
});

test('stop() holds for a context whose helper has not been started yet', async () => {
  await withFake([], async () => {
    await net.stop();
    assert.match((await refusal(echo({ value: 1 }))).message, 'was stopped');
    await net.start();
    assert.is(await echo({ value: 1 }), 1);
  });
});

test('stop() ends a helper that is just starting, and those who waited for it are told', async () => {
  await withFake(['mute'], async (fake) => {
    const waiting = [refusal(net.start()), refusal(echo({ value: 1 }))];
    await new Promise(setImmediate);
    await net.stop();
    for (const { message } of await Promise.all(waiting)) assert.match(message, 'was stopped');
    assert.equal(fake.lines, []);
  });
});

test('start() during stop() waits for the end of the one and starts another', async () => {
  await withFake(['lingers'], async () => {
    const former = (await pid()) as number;
    const stopped = net.stop();
    await net.start();
    assert.not(isAlive(former));
    await stopped;
    assert.is.not(await pid(), former);
  });
});

test('a helper that does not end when it is stopped is killed', async () => {
  await withFake(['lingers'], async () => {
    const former = (await pid()) as number;
    await patiently('the end', net.stop());
    assert.not(isAlive(former));
  });
});

test('configuring again with other settings is an error once a helper was started', async () => {
  await withFake([], async ({ service }) => {
    const { checkOptions } = await import('#src/privileged/service/settings.js');
    const first = checkOptions(fakeOptions('ends'));
    service.configure(first);
    service.configure(checkOptions(fakeOptions()));
    await echo({ value: 1 });
    service.configure(checkOptions(fakeOptions()));
    assert.throws(() => service.configure(first), /after a helper was started with other settings/);
  });
});

test.run();
