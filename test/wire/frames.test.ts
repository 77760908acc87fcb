import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameError, FrameReader, frame } from '#src/wire/frames.js';

/** What a reader makes of these pieces. */
function payloads(pieces: readonly Uint8Array[], limit = 1024 * 1024): string[] {
  const reader = new FrameReader(limit);
  return pieces.flatMap((piece) =>
    [...reader.read(Buffer.from(piece))].map((payload) => payload.toString('latin1')),
  );
}

const isFrameError = (error: unknown) => error instanceof FrameError;

test('a frame is eight bytes of length, big-endian, and the payload', () => {
  assert.equal([...frame('hi', Buffer.of(0xff))], [0, 0, 0, 0, 0, 0, 0, 3, 0x68, 0x69, 0xff]);
});

test('a text is counted in bytes', () => {
  assert.is(frame('é').length, 10);
});

test('frames come out as they went in, however they are cut', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(pieces, cuts, (sent, sizes) => {
      const stream = Buffer.concat(sent.map((payload) => frame('', payload)));
      const cut: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        cut.push(stream.subarray(at, at + size));
        at += size;
      }
      const wanted = sent.map((payload) => Buffer.from(payload).toString('latin1'));
      assert.equal(payloads(cut), wanted);
    }),
  );
});

test('an empty payload is one', () => {
  assert.equal(payloads([frame('')]), ['']);
  assert.equal(payloads([frame(''), frame('a')]), ['', 'a']);
});

test('a longer frame than the limit is refused by its length alone', () => {
  const header = frame('x'.repeat(11)).subarray(0, 8);
  assert.throws(
    () => payloads([header], 10),
    (error: Error) => isFrameError(error) && /11 bytes; at most 10/.test(error.message),
  );
  assert.equal(payloads([frame('x'.repeat(10))], 10), ['x'.repeat(10)]);
});

test('lengths that no number can hold exactly are refused', () => {
  for (const header of ['ffffffffffffffff', '8000000000000000', '0020000000000001']) {
    assert.throws(() => payloads([Buffer.from(header, 'hex')]), isFrameError);
  }
});

test('a new limit holds from the next frame on', () => {
  const reader = new FrameReader(4);
  const bytes = Buffer.concat([frame('abcd'), frame('abcdefgh')]);
  const got: string[] = [];
  for (const payload of reader.read(bytes)) {
    got.push(payload.toString());
    reader.limit = 8;
  }
  assert.equal(got, ['abcd', 'abcdefgh']);
});

test('an announced length takes no memory before its bytes are there', () => {
  const reader = new FrameReader(2 ** 40);
  const before = process.memoryUsage().arrayBuffers;
  const header = Buffer.alloc(8);
  header.writeBigUInt64BE(2n ** 40n);
  assert.equal([...reader.read(header)], []);
  assert.equal([...reader.read(Buffer.from('abc'))], []);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
});

test('a frame that has begun is known', () => {
  const reader = new FrameReader(100);
  assert.not(reader.midFrame);
  assert.equal([...reader.read(frame('abc').subarray(0, 3))], []);
  assert.ok(reader.midFrame);
  assert.is([...reader.read(frame('abc').subarray(3))].length, 1);
  assert.not(reader.midFrame);
});

test.run();
