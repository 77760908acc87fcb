import { existsSync, readFileSync } from 'node:fs';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Failure, LogMessage } from '#src/privileged/wire/messages.js';
import { frame } from '#src/wire/frames.js';
import { testWith } from '../../support/requirements.js';
import { directoryOf, moduleOf } from './modules-directory.js';
import { type Answer, endHelpers, POWERLESS, StartedHelper } from './started.js';

function failureOf(answer: Answer): Failure | undefined {
  return answer.type === 'error' ? answer.failure : undefined;
}

function codeOf(answer: Answer): string {
  const failure = failureOf(answer);
  return failure?.kind === 'refused' ? failure.code : JSON.stringify(answer);
}

function resultOf(answer: Answer): unknown {
  return answer.type === 'result' ? answer.value : JSON.stringify(answer);
}

const DONE = { code: 0, signal: null };

testWith(
  ['root'],
  'a helper says what it serves, runs a function and answers with bytes',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      export const echo = test.entrypoint({ x: { type: 'bytes' } }, ({ x }) => ({ x, more: [x] }));
      export function plain() {}`),
    ).ready();
    const ready = { type: 'ready', protocol: 1, context: 'test', functions: ['echo'] };
    const { raw: _raw, ...first } = (await helper.next('ready')) as { raw?: unknown };
    assert.equal(first, ready);
    const x = Buffer.from('bytes');
    helper.send({ type: 'call', id: 7, name: 'echo', args: { x: null }, bytes: [[['x'], 5]] }, x);
    const answer = await helper.answer(7);
    assert.equal(resultOf(answer), { x: null, more: [null] });
    assert.is(Buffer.from(answer.raw).toString(), 'bytesbytes');
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'a helper serves the functions of its own context, by their exported names, and no others',
  async () => {
    const directory = directoryOf({
      'a.mjs': `
      import { context } from 'tsrootwrap/privileged';
      const test = context('test', { user: 0 });
      const other = context('other', { user: 0 });
      export const one = test.entrypoint({}, () => 1);
      export const uno = one;
      export const two = other.entrypoint({}, () => 2);
      export function plain() { return 3; }
      const hidden = {};
      export { hidden };`,
      'below/c.cjs': `
      const { context } = require('tsrootwrap/privileged');
      exports.common = context('test', { user: 0 }).entrypoint({}, () => 4);`,
    });
    const helper = await new StartedHelper(directory).ready();
    for (const [name, value] of [
      ['one', 1],
      ['uno', 1],
      ['common', 4],
    ] as const) {
      assert.is(resultOf(await helper.call(name)), value);
    }
    for (const name of [
      ...[
        'two',
        'plain',
        'hidden',
        'absent',
        'test',
        'default',
        'module.exports',
        'One',
        'one ',
        '',
      ],
      ...[
        'constructor',
        '__proto__',
        'prototype',
        'toString',
        'hasOwnProperty',
        'then',
        'get',
        'size',
      ],
      ...[
        '../x',
        '../a.mjs',
        'a.mjs',
        'one\0',
        'one\n',
        '/etc/shadow',
        'file:///etc/shadow',
        '\ud800',
      ],
      'x'.repeat(100_000),
    ]) {
      assert.is(codeOf(await helper.call(name)), 'ERR_PRIVILEGED_UNKNOWN', name.slice(0, 40));
    }
    assert.is(resultOf(await helper.call('one')), 1);
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'arguments that break the schema, or are no plain data, never reach the function',
  async () => {
    const directory = moduleOf(`
    import { appendFileSync } from 'node:fs';
    const args = {
      name: { type: 'string', pattern: '^[a-z]{1,8}$' },
      list: { type: 'array', items: { type: 'integer' }, maxItems: 3, optional: true },
    };
    export const append = test.entrypoint(args, ({ name }) => {
      appendFileSync('/tmp/tsrootwrap-reached-' + process.pid, name);
    });`);
    const helper = await new StartedHelper(directory).ready();
    const reached = `/tmp/tsrootwrap-reached-${helper.pid}`;
    const wrong: unknown[] = [
      {},
      null,
      [],
      'abc',
      { name: 1 },
      { name: 'ABC' },
      { name: 'abc\n' },
      { name: 'abc', more: 1 },
      { name: ['abc'] },
      { name: { toString: 'abc' } },
      { name: 'abc', list: [1.5] },
      { name: 'abc', list: [1, 2, 3, 4] },
      { name: 'abc', list: { length: 0 } },
      { name: 'abc', list: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) },
      { name: 'abc', constructor: 1 },
      JSON.parse('{ "name": "abc", "__proto__": {} }'),
      JSON.parse('{ "__proto__": { "name": "abc" } }'),
      { name: 'a'.repeat(900_000) },
    ];
    for (const args of wrong) {
      const code = codeOf(await helper.call('append', args));
      assert.is(code, 'ERR_PRIVILEGED_ARGUMENTS', JSON.stringify(args).slice(0, 80));
    }
    const depth = 400_000; // brackets that fit into a message
    const deep = `{"name":"abc","list":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    helper.write(frame(`{"type":"call","id":900,"name":"append","args":${deep}}`));
    assert.is(codeOf(await helper.answer(900)), 'ERR_PRIVILEGED_ARGUMENTS');
    const places: [unknown, Buffer[]][] = [
      [[[['name'], 1]], [Buffer.from('x')]],
      [[[['__proto__'], 0]], []],
      [[[['name', 'constructor'], 0]], []],
      [[[[], 0]], []],
      [[[['name'], 5]], [Buffer.from('abc')]],
    ];
    for (const [index, [bytes, raw]] of places.entries()) {
      const id = 1000 + index;
      helper.send({ type: 'call', id, name: 'append', args: { name: 'abc' }, bytes }, ...raw);
      assert.is(codeOf(await helper.answer(id)), 'ERR_PRIVILEGED_ARGUMENTS', JSON.stringify(bytes));
    }
    assert.not(existsSync(reached));
    await helper.call('append', { name: 'abc' });
    assert.is(readFileSync(reached, 'utf8'), 'abc');
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'a result that does not fit into a message, or is no plain data, is an error',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      export const text = test.entrypoint({}, () => 'x'.repeat(2_000_000));
      export const wide = test.entrypoint({}, () => 'é'.repeat(600_000));
      export const bytes = test.entrypoint({}, () => new Uint8Array(17 * 1024 * 1024));
      export const date = test.entrypoint({}, () => new Date());
      export const wrong = test.entrypoint({}, () => 'x', { returns: { type: 'integer' } });
      export const fits = test.entrypoint({}, () => ['x'.repeat(1_000_000), new Uint8Array(15_000_000)]);`),
    ).ready();
    for (const name of ['text', 'wide', 'bytes', 'date', 'wrong']) {
      assert.is(codeOf(await helper.call(name)), 'ERR_PRIVILEGED_RESULT', name);
    }
    const answer = await helper.call('fits');
    assert.is(answer.type, 'result');
    assert.is(answer.raw.length, 15_000_000);
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'what a function throws crosses, with its stack only where errors are debugged',
  async () => {
    const directory = moduleOf(`
    import { readFile } from 'node:fs/promises';
    export const read = test.entrypoint({}, () => readFile('/nonexistent'));
    export const odd = test.entrypoint({}, () => { throw new Proxy({}, { get() { throw 1; } }); });
    export const huge = test.entrypoint({}, () => { throw new Error('x'.repeat(5_000_000)); });`);
    for (const debug of [false, true]) {
      const helper = await new StartedHelper(directory, { debug }).ready();
      const failure = failureOf(await helper.call('read'));
      const thrown = failure?.kind === 'function' ? failure.thrown : undefined;
      assert.is(thrown?.name, 'Error');
      assert.is(thrown?.code, 'ENOENT');
      assert.match(thrown?.message ?? '', '/nonexistent');
      assert.is(typeof thrown?.stack, debug ? 'string' : 'undefined');
      for (const name of ['odd', 'huge']) {
        assert.is(failureOf(await helper.call(name))?.kind, 'function');
      }
      assert.equal(await helper.hangUp(), DONE);
    }
  },
);

testWith(['root'], '64 calls in flight do not wait on one another', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      const waiting = [];
      export const meet = test.entrypoint({ x: { type: 'integer' } }, ({ x }) => new Promise((resolve) => {
        waiting.push(() => resolve(x));
        if (waiting.length === 64) for (const go of waiting.reverse()) go();
      }));`),
  ).ready();
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, x) => helper.call('meet', { x })),
  );
  assert.equal(
    answers.map(resultOf),
    Array.from({ length: 64 }, (_, x) => x),
  );
  assert.equal(await helper.hangUp(), DONE);
});

testWith(
  ['root'],
  'while 1000 calls are in flight no more are read, and then they are',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      const waiting = [];
      let most = 0;
      export const hold = test.entrypoint({}, () => new Promise((resolve) => {
        most = Math.max(most, waiting.push(resolve));
        if (waiting.length === 1000) setTimeout(() => { while (waiting.length) waiting.pop()(most); }, 50);
      }));`),
    ).ready();
    const answers = await Promise.all(Array.from({ length: 3000 }, () => helper.call('hold')));
    assert.is(Math.max(...answers.map(resultOf).map(Number)), 1000);
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(['root'], 'a call is cancelled by its number, and another goes on', async () => {
  const helper = await new StartedHelper(
    moduleOf(`
      export const wait = test.entrypoint({}, (_, { signal, log }) => new Promise((resolve, reject) => {
        log.info('begun');
        signal.addEventListener('abort', () => { log.info(signal.reason.name); reject(signal.reason); });
      }));`),
  ).ready();
  const first = helper.call('wait');
  void helper.call('wait').catch(() => {});
  helper.send({ type: 'cancel', id: 1 });
  assert.equal(failureOf(await first), { kind: 'cancelled' });
  await helper.next('log', 'AbortError');
  assert.not(helper.received.some((message) => 'id' in message && message.id === 2));
  helper.send({ type: 'cancel', id: 2 });
  assert.equal(failureOf(await helper.answer(2)), { kind: 'cancelled' });
  assert.equal(await helper.hangUp(), DONE);
});

testWith(
  ['root'],
  'a function that has ended in time does not end its helper by its deadline',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      import { setTimeout as wait } from 'node:timers/promises';
      export const quick = test.entrypoint({}, () => 1, { timeout: 20 });
      export const slow = test.entrypoint({}, async (_, { signal }) => wait(5000, 0, { signal }), { timeout: 20 });
      export const long = test.entrypoint({}, () => wait(1500).then(() => 2));`),
      { gracePeriod: 20 },
    ).ready();
    assert.is(resultOf(await helper.call('quick')), 1);
    assert.is(codeOf(await helper.call('slow')), 'ERR_PRIVILEGED_TIMEOUT');
    assert.is(resultOf(await helper.call('long')), 2);
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'what modules and functions say reaches the service, line by line, and none of it the channel',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      console.log('loading %s', 'it');
      export const speak = test.entrypoint({}, (_, { log }) => {
        console.debug('d'); console.warn('w'); console.error(new Error('e').message);
        console.table([{ a: 1 }]); console.log({ then() {} }); console.trace('t');
        log.info('by its log'); log.warn({ no: 'text' }); log.error('x'.repeat(100_000));
        process.stdout.write('raw out\\n'); process.stderr.write('raw err\\n');
      });`),
    ).ready();
    await helper.call('speak');
    const logs = helper.received.filter((message) => message.type === 'log') as LogMessage[];
    const said = (level: string, text: string) =>
      logs.find((log) => log.level === level && log.message.includes(text));
    assert.ok(said('info', 'loading it'));
    for (const [level, text] of [
      ['debug', 'd'],
      ['warn', 'w'],
      ['error', 'e'],
      ['info', '│ 0'],
      ['error', 'Trace: t'],
    ] as const) {
      assert.ok(said(level, text), `${level} ${text}`);
    }
    assert.ok(logs.every(({ message }) => message.length <= 8 * 1024));
    assert.is(said('info', 'by its log')?.function, 'speak');
    assert.is(said('warn', "{ no: 'text' }")?.function, 'speak');
    assert.is(said('debug', 'd')?.function, undefined);
    await helper.hangUp();
    assert.match(helper.stderr, 'raw out');
    assert.match(helper.stderr, 'raw err');
  },
);

testWith(
  ['root'],
  'a service that does not read its logs misses some, and is told how many',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      export const flood = test.entrypoint({}, (_, { log }) => {
        for (let n = 0; n < 10_000; n++) log.info('x'.repeat(8000));
        return process.memoryUsage.rss();
      });`),
    ).ready();
    const resident = Number(resultOf(await helper.call('flood')));
    assert.ok(resident < 250_000_000, `${resident}`);
    await helper.next('log', 'messages were dropped');
    assert.ok(helper.received.length < 10_000);
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'a privileged function calls another of its context right there, and none of another',
  async () => {
    const helper = await new StartedHelper(
      moduleOf(`
      const other = context('other', { user: 0 });
      const x = { x: { type: 'integer', maximum: 9 } };
      export const inner = test.entrypoint(x, ({ x }) => [x, process.pid, new Uint8Array(2)]);
      export const far = other.entrypoint({}, () => 1);
      export const outer = test.entrypoint({ x: { type: 'integer' } }, (args) => inner(args));
      export const across = test.entrypoint({}, () => far());
      export const starts = test.entrypoint({}, () => other.start());`),
    ).ready();
    assert.equal(resultOf(await helper.call('outer', { x: 9 })), [9, helper.pid, null]);
    const tooMuch = failureOf(await helper.call('outer', { x: 10 }));
    assert.is(tooMuch?.kind === 'function' && tooMuch.thrown.code, 'ERR_PRIVILEGED_ARGUMENTS');
    for (const name of ['across', 'starts']) {
      const failure = failureOf(await helper.call(name));
      assert.match(JSON.stringify(failure), 'cannot reach context other');
    }
    assert.equal(await helper.hangUp(), DONE);
  },
);

testWith(
  ['root'],
  'a helper serves only when each of its threads holds what it should, and nothing else',
  async () => {
    const directory = moduleOf('export const f = test.entrypoint({}, () => 1);');
    const capable = { ...POWERLESS, groups: [61200, 61201], capabilities: [10, 12], umask: 0o027 };
    const helper = await new StartedHelper(directory, { holds: capable }).ready();
    assert.is(resultOf(await helper.call('f')), 1);
    assert.equal(await helper.hangUp(), DONE);
    for (const [field, really] of [
      ['Uid', { uid: 61199 }],
      ['Gid', { gid: 61199 }],
      ['Groups', { groups: [61200] }],
      ['Groups', { groups: [61200, 61201, 61202] }],
      ['CapEff', { capabilities: [10] }],
      ['CapBnd', { capabilities: [10, 12, 13] }],
      ['Umask', { umask: 0o022 }],
    ] as const) {
      const refusing = new StartedHelper(directory, { holds: capable, really });
      const fatal = JSON.stringify(await refusing.next('fatal'));
      assert.match(fatal, `${field} is `);
      assert.equal(await refusing.end(), { code: 70, signal: null });
      assert.match(refusing.stderr, 'does not hold what it should');
    }
  },
);

testWith(
  ['root'],
  'what is wrong with the modules is the first and last that a helper says',
  async () => {
    const cases: [directory: string, message: string][] = [
      [
        moduleOf('export const f = test.entrypoint(undefined, () => 1);'),
        'schema of arguments is missing',
      ],
      [
        moduleOf("export const f = test.entrypoint({ x: { type: 'strin' } }, () => 1);"),
        'f of module.mjs',
      ],
      [moduleOf('test.entrypoint({}, () => 1);'), 'is exported by no module'],
      [moduleOf("throw new Error('no luck');"), 'no luck'],
      [moduleOf('process.umask(0);'), 'Umask is 0000'],
      ['/nonexistent/modules', 'ENOENT'],
    ];
    for (const [directory, message] of cases) {
      const helper = new StartedHelper(directory);
      await helper.next('fatal', message);
      assert.equal(await helper.end(), { code: 70, signal: null });
      assert.is(helper.received.at(-1)?.type, 'fatal');
      assert.not(helper.received.some(({ type }) => type === 'ready'));
    }
  },
);

testWith(['root'], 'a helper without the flags that make loading safe does not serve', async () => {
  const helper = new StartedHelper(moduleOf(''), { flags: [] });
  await helper.next('fatal', 'flags that make loading safe');
  assert.is((await helper.end()).code, 70);
});

test.after(endHelpers);

test.run();
