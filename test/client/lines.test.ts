import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandFailedError, DaemonLostError } from '#src/client/index.js';
import { type FakeAnswer, FakeRootwrapClient } from '#src/client/testing/index.js';
import { patiently } from '../support/patience.js';
import { rejection } from './fake.js';

const client = (answer: FakeAnswer) => new FakeRootwrapClient(() => answer);

async function linesOf(running: AsyncIterable<string>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of running) lines.push(line);
  return lines;
}

test('the lines of a started command come one by one, however its output is cut', async () => {
  const é = Buffer.from('é');
  const stdout = ['a\nb', '', '\r\n\nc', é.subarray(0, 1), é.subarray(1), '\nlast'];
  await using root = client({ stdout });
  assert.equal(await linesOf(root.start(['x'])), ['a', 'b', '', 'cé', 'last']);
  await using empty = client({ stdout: '' });
  assert.equal(await linesOf(empty.start(['x'])), []);
  await using ended = client({ stdout: 'a\n' });
  assert.equal(await linesOf(ended.start(['x'])), ['a']);
  const utf16 = Buffer.from('ä\nb', 'utf16le');
  await using wide = client({ stdout: utf16 });
  assert.equal(await linesOf(wide.start(['x'], { encoding: 'utf16le' })), ['ä', 'b']);
});

test('a command that failed throws behind its last line, unless `reject` is false', async () => {
  await using root = client({ stdout: 'a\n', exitCode: 3 });
  const lines: string[] = [];
  const reading = async () => {
    for await (const line of root.start(['x'])) lines.push(line);
  };
  assert.is((await rejection(reading(), CommandFailedError)).exitCode, 3);
  assert.equal(lines, ['a']);
  assert.equal(await linesOf(root.start(['x'], { reject: false })), ['a']);
  await using lost = client('lost');
  await rejection(linesOf(lost.start(['x'])), DaemonLostError);
});

test('leaving the loop ends the command', async () => {
  async function* endless() {
    for (;;) yield 'line\n'.repeat(10_000);
  }
  await using root = client({ stdout: endless() });
  const running = root.start(['x']);
  for await (const line of running) {
    assert.is(line, 'line');
    break;
  }
  const { isCanceled } = await patiently('it', rejection(running.result, CommandFailedError));
  assert.ok(isCanceled);
});

test('a line without end is cut off at maxBuffer, and the command is ended', async () => {
  async function* endless() {
    for (;;) yield 'x'.repeat(60_000);
  }
  await using root = new FakeRootwrapClient(() => ({ stdout: endless() }));
  const options = { maxBuffer: 100_000 };
  const reading = rejection(linesOf(root.start(['x'], options)), CommandFailedError);
  assert.ok((await patiently('it', reading)).isMaxBuffer);
  const mild = linesOf(root.start(['x'], { ...options, reject: false }));
  assert.match((await rejection(mild, RangeError)).message, /more than 100000 characters/);
});

test('lines need a stream of text', async () => {
  await using root = client({ stdout: 'a' });
  await rejection(linesOf(root.start(['x'], { stdout: 'collect' })), TypeError);
  await rejection(linesOf(root.start(['x'], { encoding: 'buffer' })), TypeError);
});

test.run();
