import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandFailedError } from '#src/client/index.js';
import { fake, rejection } from './fake.js';

test('a piece of input that is neither text nor bytes ends the command', async () => {
  await using root = fake();
  const input = () => Readable.from([Buffer.from('some'), { a: 1 }]);
  const error = await rejection(root.execute(['cat'], { input: input() }), CommandFailedError);
  assert.match(error.message, /its input failed \(a piece of it is object/);
  assert.ok(error.isCanceled); // and not a command that took the half for the whole
  assert.instance(error.cause, TypeError);
  const running = root.start(['cat'], { input: input() });
  running.stdout.resume();
  assert.ok((await rejection(running.result, CommandFailedError)).isCanceled);
});

async function* generator() {
  yield 'a';
  yield Buffer.from('é');
}

const sources: Record<string, () => Readable | ReadableStream | AsyncIterable<string | Buffer>> = {
  "a stream of the web's": () => ReadableStream.from(generator()) as ReadableStream,
  'a generator': generator,
  'a stream of views': () => Readable.from(['a', new Uint16Array([0xa9c3])]),
  'a stream in object mode': () => Readable.from(['a', 'é']),
};

for (const [what, make] of Object.entries(sources)) {
  test(`input may be ${what}`, async () => {
    await using root = fake();
    assert.is((await root.execute(['cat'], { input: make() })).stdout, 'aé');
    const running = root.start(['cat'], { input: make() });
    assert.is(await text(running.stdout), 'aé');
  });
}

test("a stream of the web's that fails ends the command", async () => {
  await using root = fake();
  const input = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) });
  const error = await rejection(root.execute(['cat'], { input }), CommandFailedError);
  assert.match(error.message, /its input failed \(broken\)/);
});

test("a stream of the web's that was closed from the start is empty", async () => {
  await using root = fake();
  const input = new ReadableStream({ start: (controller) => controller.close() });
  assert.is((await root.execute(['cat'], { input })).stdout, '');
});

test('input that cannot be read is told before anything is sent', async () => {
  await using root = fake();
  const locked = new ReadableStream();
  locked.getReader();
  const used = ReadableStream.from(['a']) as ReadableStream<string>;
  for await (const _ of used);
  const ended = Readable.from([]);
  for await (const _ of ended);
  const throwing = {
    [Symbol.asyncIterator]() {
      throw new TypeError('no iterator');
    },
  };
  const wrong = [locked, used, ended, throwing, {}, ['a'], null, new ArrayBuffer(1)];
  for (const input of wrong as Readable[]) {
    await rejection(root.execute(['die'], { input }), TypeError);
    assert.throws(
      () => root.start(['die'], { input }),
      (error: unknown) => error instanceof TypeError,
    );
  }
  const { stdout } = await root.execute(['limits']);
  assert.is(JSON.parse(stdout).id, 1);
});

for (const size of [10, 500_000]) {
  test(`bytes of input are the caller's again when the call returns (${size})`, async () => {
    await using root = fake();
    const input = Buffer.alloc(size, 'a');
    const call = root.execute(['cat'], { input });
    const running = root.start(['cat'], { input });
    input.fill('b');
    const outputs = await Promise.all([call.then(({ stdout }) => stdout), text(running.stdout)]);
    assert.ok(outputs.every((output) => output === 'a'.repeat(size)));
  });
}

test('a source that is still open is closed when its command has ended', async () => {
  await using root = fake();
  const input = new Readable({ read() {} });
  await root.execute(['echo'], { input });
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(input.destroyed);
});

test.run();
