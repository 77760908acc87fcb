import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { context, FunctionError } from '#src/privileged/index.js';
import { useHelpers, useInProcess } from '#src/privileged/testing.js';
import { inChild } from '../support/child-module.js';
import { linesTo, refusal, rejection } from '../support/fake-service.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { installModules } from '../support/privileged.js';
import { isAlive } from '../support/proc.js';
import { testWith } from '../support/requirements.js';
import * as functions from './in-process-functions.js';

const { doublePrivileged, got, keepPrivileged, next, nextPrivileged } = functions;

async function inProcess(body: (lines: string[]) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  const restore = useInProcess({ logger: linesTo(lines) });
  try {
    await body(lines);
  } finally {
    restore();
  }
}

test('in process a function runs here, and gives its result', async () => {
  await inProcess(async () => {
    assert.is(await doublePrivileged({ count: 21 }), 42);
    next.result = { pid: process.pid, bytes: Uint8Array.of(1) };
    assert.equal(await nextPrivileged(), next.result);
    next.result = undefined;
    assert.is(await nextPrivileged(), undefined);
  });
});

test('in process arguments and results are copies, taken at the time of the call', async () => {
  await inProcess(async () => {
    const given = { list: [1], bytes: Uint8Array.of(1, 2) };
    const call = keepPrivileged(given);
    given.list.push(2);
    given.bytes.fill(9);
    const result = await call;
    assert.equal(got.args, { list: [1], bytes: Uint8Array.of(1, 2) });
    assert.is.not(got.args, given);
    assert.is.not(result, got.args);
    assert.equal(result, got.args);
  });
});

test('in process the schemas decide, and what they refuse never reaches the body', async () => {
  await inProcess(async () => {
    delete got.args;
    for (const wrong of [
      { list: ['x'] },
      { other: 1 },
      { bytes: [1] },
      [],
      null,
      'x',
      { list: new Map() },
    ]) {
      await refusal(keepPrivileged(wrong as never), 'ERR_PRIVILEGED_ARGUMENTS');
    }
    assert.is(got.args, undefined);
    const proto = JSON.parse('{ "__proto__": { "list": [1] } }');
    await refusal(keepPrivileged(proto), 'ERR_PRIVILEGED_ARGUMENTS');
    const { message } = await refusal(doublePrivileged({ count: -1 }), 'ERR_PRIVILEGED_ARGUMENTS');
    assert.match(message, 'count');
    assert.not.match(message, '-1');
  });
});

test('in process a result that would not cross is refused', async () => {
  await inProcess(async () => {
    for (const result of [new Map(), () => 1, 'x'.repeat(1024 * 1024), Number.NaN]) {
      next.result = result;
      await refusal(nextPrivileged(), 'ERR_PRIVILEGED_RESULT');
    }
    next.result = [1];
    await refusal(functions.namesPrivileged(), 'ERR_PRIVILEGED_RESULT');
    next.result = ['a'];
    assert.equal(await functions.namesPrivileged(), ['a']);
  });
});

test('in process errors are those that would cross, with the stack', async () => {
  await inProcess(async () => {
    const error = (await rejection(functions.failPrivileged())) as FunctionError;
    assert.instance(error, FunctionError);
    assert.equal(
      [error.name, error.message, error.code],
      ['RangeError', 'what is wrong', 'EWRONG'],
    );
    assert.match(error.remoteStack as string, 'in-process-functions');
    assert.not('secret' in error);
  });
});

test('in process timeouts hold, and a caller’s signal reaches the function', async () => {
  await inProcess(async () => {
    await refusal(functions.shortPrivileged(), 'ERR_PRIVILEGED_TIMEOUT');
    const controller = new AbortController();
    const call = rejection(functions.patientPrivileged({}, { signal: controller.signal }));
    setTimeout(() => controller.abort('enough'), 20);
    assert.is(await call, 'enough');
    const signal = AbortSignal.abort('before');
    assert.is(await rejection(functions.patientPrivileged({}, { signal })), 'before');
    assert.instance(
      await rejection(doublePrivileged({ count: 1 }, { signal: 1 as never })),
      TypeError,
    );
  });
});

test('in process a function that ignores its signal is an error, as the helper’s end would be', async () => {
  await inProcess(async () => {
    const { message } = await refusal(functions.deafPrivileged());
    assert.match(
      message,
      /^a helper would have ended now: deafPrivileged goes on 20 ms after its timeout/,
    );
    await refusal(functions.deafPrivileged({}, { signal: AbortSignal.timeout(1) }));
  });
});

test('in process what a function logs goes to the logger, and start and stop do nothing', async () => {
  await inProcess(async (lines) => {
    await functions.unit.stop();
    await functions.unit.start();
    await functions.logPrivileged();
    assert.equal(lines, ['warn unit: logPrivileged: be\\x0aware']);
  });
});

test('in process a function that a service could not find runs, and the logger is told', async () => {
  await inProcess(async (lines) => {
    assert.is(await functions.hidden()({ count: 3 }), 3);
    assert.is(await functions.hidden()({ count: 4 }), 4);
    assert.is(lines.length, 1);
    assert.match(lines[0] as string, /^warn unit: .*does not export it under a name/);
  });
});

test('in process a body reaches its own context only, as in a helper', async () => {
  const one = context('in-process-one', { user: 'nobody' });
  const other = context('in-process-other', { user: 'nobody' });
  const own = one.entrypoint({}, () => 1);
  const theirs = other.entrypoint({}, () => 2);
  const both = one.entrypoint(
    { which: { enum: ['own', 'theirs', 'start'] } },
    async ({ which }) => {
      if (which === 'start') await one.start();
      return which === 'own' ? own() : theirs();
    },
  );
  await inProcess(async () => {
    assert.is(await both({ which: 'own' }), 1);
    for (const which of ['theirs', 'start'] as const) {
      assert.match(`${await rejection(both({ which }))}`, 'this is a helper, which cannot reach');
    }
    assert.is(await theirs(), 2);
  });
});

test('what useInProcess returns puts back what was there', async () => {
  const outer: string[] = [];
  const restoreOuter = useInProcess({ logger: linesTo(outer) });
  await inProcess(async (inner) => {
    await functions.logPrivileged();
    assert.is(inner.length, 1);
  });
  await functions.logPrivileged();
  assert.is(outer.length, 1);
  restoreOuter();
  assert.match(
    (await refusal(doublePrivileged({ count: 1 }))).message,
    'nothing says how to start',
  );
});

test('impossible options are TypeErrors', async () => {
  assert.throws(() => useInProcess({ logger: {} as never }), /`logger` is an object/);
  assert.throws(() => useInProcess({ modules: 'x' } as never), /no option "modules"/);
  for (const wrong of [undefined, {}, { modules: '' }, { modules: 'a\nb = c' }, { modules: 7 }]) {
    assert.match(
      String(await rejection(useHelpers(wrong as never))),
      /TypeError: `modules` is the path/,
    );
  }
  const odd = { modules: '/x', command: ['x'], other: 1 } as never;
  assert.match(String(await rejection(useHelpers(odd))), /no option "other"/);
});

testWith(['root'], 'useHelpers refuses who is not root, and says what to call instead', () => {
  const answer = inChild(
    { testing: '#src/privileged/testing.js' },
    `answer = await testing.useHelpers({ modules: '/x' }).catch((error) => error.message);`,
    { uid: 65_534 },
  );
  assert.match(answer as string, 'it needs root: run this test as root, or call useInProcess()');
});

testWith(
  ['root'],
  'useHelpers runs functions in real helpers until it is disposed of',
  async () => {
    const { modules } = installModules({
      'lowly.js': `import { context } from 'tsrootwrap/privileged';
      export const lowly = context('lowly', { user: 65534, group: 65534 });
      export const lookPrivileged = lowly.entrypoint(
        { fail: { type: 'boolean' } },
        ({ fail }) => {
          if (fail) process.setuid(0);
          return { pid: process.pid, uid: process.getuid(), gid: process.getgid() };
        },
      );`,
    });
    const { lookPrivileged } = await import(pathToFileURL(join(modules, 'lowly.js')).href);
    const directory = temporaryDirectory();
    process.env.TMPDIR = directory; // what useHelpers writes goes there
    const lines: string[] = [];
    const helpers = await useHelpers({ modules, logger: linesTo(lines) });
    delete process.env.TMPDIR;
    assert.is(readdirSync(directory).length, 1);
    const { pid, uid, gid } = await lookPrivileged({ fail: false });
    assert.equal([uid, gid], [65_534, 65_534]);
    assert.is.not(pid, process.pid);
    assert.is(((await rejection(lookPrivileged({ fail: true }))) as FunctionError).code, 'EPERM');
    await refusal(lookPrivileged({ fail: 1 }), 'ERR_PRIVILEGED_ARGUMENTS');
    await Promise.all([helpers[Symbol.asyncDispose](), helpers[Symbol.asyncDispose]()]);
    assert.not(isAlive(pid));
    assert.equal(readdirSync(directory), []);
    assert.equal(lines, []);
    assert.match(
      (await refusal(lookPrivileged({ fail: false }))).message,
      'nothing says how to start',
    );
  },
);

testWith(['root'], 'what useHelpers cannot start is told as to a service', async () => {
  const helpers = await useHelpers({ modules: '/nonexistent/modules', logger: linesTo([]) });
  const { message } = await refusal(functions.unit.start());
  assert.match(message, /did not start: it ended with exit code 97\n?.*\/nonexistent\/modules/s);
  await helpers[Symbol.asyncDispose]();
  assert.not(existsSync('/nonexistent'));
});

test.run();
