import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_CALLS } from '#src/privileged/helper/call-server.js';
import {
  type ErrorMessage,
  MOST_BYTES,
  MOST_BYTES_AT_ONCE,
  type ResultMessage,
} from '#src/privileged/wire/messages.js';
import { until } from '../../support/patience.js';
import { temporaryDirectory } from '../../support/policy-files.js';
import { isAlive } from '../../support/proc.js';
import { testWith } from '../../support/requirements.js';
import { moduleOf } from './modules-directory.js';
import { endHelpers, StartedHelper } from './started.js';

const MODULE = `
  import { setTimeout as wait } from 'node:timers/promises';
  import { writeFileSync } from 'node:fs';
  export const echo = test.entrypoint({}, () => 1);
  export const tidy = test.entrypoint({}, async (_, { signal, log }) => {
    log.info('begun');
    await wait(60_000, 0, { signal }).catch(() => {});
    await wait(20);
    writeFileSync('/tmp/tsrootwrap-tidied-' + process.pid, signal.reason.name);
  });
  export const brief = test.entrypoint({}, async (_, { signal, log }) => {
    log.info('begun');
    await wait(2000);
    return signal.aborted ? 'aborted' : 'not aborted';
  });
  export const deaf = test.entrypoint({}, (_, { log }) => {
    log.info('begun');
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  });
  export const slow = test.entrypoint({}, (_, { log }) => {
    log.info('begun');
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  }, { timeout: 30 });
  export const blocks = test.entrypoint({}, (_, { log }) => {
    log.info('begun');
    setImmediate(() => { for (;;); });
    return new Promise(() => {});
  });
  export const blocksLong = test.entrypoint({}, (_, { log }) => {
    log.info('begun');
    setImmediate(() => { for (;;); });
    return new Promise(() => {});
  }, { timeout: 30 });
  export const leaves = test.entrypoint({}, () => process.exit(0));
  export const throwsLater = test.entrypoint({}, () => { setTimeout(() => { throw new Error('later'); }); });
  export const rejectsLater = test.entrypoint({}, () => { void Promise.reject(new Error('unseen')); });
  export const throwsOddly = test.entrypoint({}, () => { setTimeout(() => { throw { toString() { throw 1; } }; }); });`;

const SIGKILL = { code: null, signal: 9 };

const started = () => new StartedHelper(moduleOf(MODULE), { gracePeriod: 100 });

async function running(name: string): Promise<StartedHelper> {
  const helper = await started().ready();
  void helper.call(name).catch(() => {});
  await helper.next('log', 'begun');
  return helper;
}

testWith(['root'], 'when the service dies while nothing runs the helper ends', async () => {
  const helper = await started().ready();
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
  assert.not(isAlive(helper.pid));
  assert.is(helper.stderr, '');
});

testWith(['root'], 'when the service sends no more the helper ends as well', async () => {
  const helper = await started().ready();
  helper.socket.end();
  assert.equal(await helper.end(), { code: 0, signal: null });
});

testWith(
  ['root'],
  'when the service dies during a call its function may put things in order',
  async () => {
    const helper = await running('tidy');
    assert.equal(await helper.hangUp(), { code: 0, signal: null });
    assert.ok(existsSync(`/tmp/tsrootwrap-tidied-${helper.pid}`));
  },
);

testWith(
  ['root'],
  'when the service dies during a call that ignores its signal the helper ends all the same',
  async () => {
    const helper = await running('deaf');
    assert.equal(await helper.hangUp(), { code: 70, signal: null });
    assert.match(helper.stderr, 'deaf goes on 100 ms after it was cancelled');
  },
);

testWith(
  ['root'],
  'when the service dies while a function blocks the event loop the helper is killed',
  async () => {
    const helper = await running('blocks');
    assert.equal(await helper.hangUp(), SIGKILL);
    assert.match(helper.stderr, 'the service has gone');
  },
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  testWith(['root'], `on ${signal} what runs is finished, and nothing more is begun`, async () => {
    const helper = await started().ready();
    const brief = helper.call('brief');
    await helper.next('log', 'begun');
    // a control group's, and the one that sudo passes on
    for (let times = 0; times < 2; times++) {
      process.kill(helper.pid, signal);
      await wait(50); // else the kernel makes them one
    }
    const { failure } = (await helper.call('echo')) as ErrorMessage;
    assert.equal(failure, {
      kind: 'refused',
      code: 'ERR_PRIVILEGED_HELPER',
      message: 'the helper ends, and begins no more calls',
    });
    assert.is(((await brief) as ResultMessage).value, 'not aborted');
    assert.equal(await helper.end(), { code: 0, signal: null });
    const { message } = (await helper.next('fatal')) as { message: string };
    assert.is(message, `it was sent ${signal}`);
  });
}

testWith(['root'], 'a second SIGTERM, more than a second later, aborts what runs', async () => {
  const helper = await running('tidy');
  process.kill(helper.pid, 'SIGTERM');
  await wait(1100);
  assert.not(existsSync(`/tmp/tsrootwrap-tidied-${helper.pid}`));
  process.kill(helper.pid, 'SIGTERM');
  assert.equal(await helper.end(), { code: 0, signal: null });
  assert.ok(existsSync(`/tmp/tsrootwrap-tidied-${helper.pid}`));
});

testWith(['root'], 'on SIGTERM a helper that still loads modules ends at once', async () => {
  const helper = new StartedHelper(moduleOf("console.log('loads'); await new Promise(() => {});"));
  await helper.next('log', 'loads');
  process.kill(helper.pid, 'SIGTERM');
  assert.equal(await helper.end(), { code: 0, signal: null });
});

for (const [full, calls, bytes] of [
  ['as many calls run as may', MOST_CALLS - 1, 0],
  ['as many bytes are with calls as may be', MOST_BYTES_AT_ONCE / MOST_BYTES, MOST_BYTES],
] as const) {
  testWith(
    ['root'],
    `when the service dies while ${full}, each is told and none begins`,
    async () => {
      const journal = join(temporaryDirectory(), 'journal');
      chmodSync(join(journal, '..'), 0o777);
      const helper = await new StartedHelper(
        moduleOf(`
        import { appendFileSync } from 'node:fs';
        const note = (text) => appendFileSync(${JSON.stringify(journal)}, text + ' ');
        const data = { data: { type: 'bytes', optional: true } };
        export const waits = test.entrypoint(data, (_, { signal, log }) => new Promise((resolve) => {
          log.info('begun');
          signal.addEventListener('abort', resolve);
        }));
        export const tidy = test.entrypoint({}, (_, { signal, log }) => new Promise((resolve) => {
          log.info('begun');
          signal.addEventListener('abort', () => setTimeout(() => resolve(note('tidied')), 50));
        }));
        export const late = test.entrypoint({}, () => note('late'));`),
        { gracePeriod: 5000 },
      ).ready();
      helper.send({ type: 'call', id: 1, name: 'tidy', args: {} });
      const rest = bytes === 0 ? {} : { args: { data: null }, bytes: [[['data'], bytes]] };
      for (let id = 2; id < 2 + calls; id++) {
        const message = { type: 'call', id, name: 'waits', args: {}, ...rest };
        helper.send(message, ...(bytes === 0 ? [] : [Buffer.alloc(bytes)]));
      }
      const begun = () => helper.received.filter(({ type }) => type === 'log').length;
      await until('all that may run do', () => begun() === calls + 1);
      for (let id = 5000; id < 5100; id++)
        helper.send({ type: 'call', id, name: 'late', args: {} });
      helper.socket.end(); // behind all that
      await wait(50);
      assert.equal(await helper.hangUp(), { code: 0, signal: null });
      assert.is(readFileSync(journal, 'utf8'), 'tidied ');
    },
  );
}

testWith(['root'], 'when the service dies while modules are loaded the helper ends', async () => {
  const loading = `console.log('loading'); await new Promise((done) => setTimeout(done, 60_000));`;
  const helper = new StartedHelper(moduleOf(loading));
  await helper.next('log', 'loading');
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
  const blocked = new StartedHelper(moduleOf('process.stdout.write("loading"); for (;;);'));
  await until('it loads', () => blocked.stderr.includes('loading'));
  assert.equal(await blocked.hangUp(), SIGKILL);
});

testWith(['root'], 'when the service dies at any moment of the start the helper ends', async () => {
  const directory = moduleOf(MODULE);
  for (let ms = 0; ms < 300; ms += 30) {
    const helper = new StartedHelper(directory, { gracePeriod: 100 });
    await wait(ms);
    const { code, signal } = await helper.hangUp();
    assert.is(signal, null, `${ms} ${helper.stderr}`);
    assert.is(code, 0, `${ms} ${helper.stderr}`);
    assert.not(isAlive(helper.pid));
  }
});

testWith(
  ['root'],
  'a function that ignores its timeout past the grace period costs the helper its life, loudly',
  async () => {
    const helper = await running('slow');
    const fatal = await helper.next('fatal');
    assert.match(JSON.stringify(fatal), 'slow goes on 100 ms after its timeout; let it end when');
    assert.equal(await helper.end(), { code: 70, signal: null });
    assert.match(helper.stderr, 'context test: slow goes on 100 ms after its timeout');
  },
);

testWith(
  ['root'],
  'a function that ignores its cancellation past the grace period does, too',
  async () => {
    const helper = await running('deaf');
    helper.send({ type: 'cancel', id: 1 });
    await helper.next('fatal', 'deaf goes on 100 ms after it was cancelled');
    assert.equal(await helper.end(), { code: 70, signal: null });
  },
);

testWith(
  ['root'],
  'a function that blocks the event loop past timeout and grace period is ended with its helper',
  async () => {
    const helper = await running('blocksLong');
    assert.equal(await helper.end(), SIGKILL);
    assert.is.not(helper.stderr, '');
  },
);

testWith(['root'], 'SIGUSR1 opens no debugger', async () => {
  const helper = await started().ready();
  for (let times = 0; times < 3; times++) process.kill(helper.pid, 'SIGUSR1');
  await wait(300);
  assert.is((await helper.call('echo')).type, 'result');
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
  assert.is(helper.stderr, ''); // Node would tell where it listens, or that it cannot
});

testWith(['root'], 'a function that calls process.exit is found out', async () => {
  const helper = await started().ready();
  await helper.call('leaves').then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(await helper.end(), { code: 71, signal: null });
  assert.match(helper.stderr, 'a function called process.exit(0), which ends all others');
});

testWith(['root'], 'what nobody catches ends the helper, and is said on both sides', async () => {
  for (const [name, message] of [
    ['throwsLater', 'an exception that nobody caught: later'],
    ['rejectsLater', 'a rejection that nobody caught: unseen'],
    ['throwsOddly', 'an exception that nobody caught'],
  ] as const) {
    const helper = await started().ready();
    void helper.call(name).catch(() => {});
    await helper.next('fatal', message);
    assert.equal(await helper.end(), { code: 70, signal: null });
    assert.match(helper.stderr, message);
  }
});

testWith(['root'], 'a service that reads nothing does not keep a helper from ending', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      export const large = test.entrypoint({}, () => {
        setTimeout(() => { throw new Error('at last'); }, 20);
        return new Uint8Array(4_000_000);
      });`),
  ).ready();
  helper.socket.pause();
  helper.send({ type: 'call', id: 1, name: 'large', args: {} });
  assert.equal(await helper.end(), { code: 70, signal: null });
  assert.match(helper.stderr, 'at last');
});

test.after(endHelpers);

test.run();
