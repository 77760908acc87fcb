import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { escapedLength, escapedPieces } from '#src/wire/escaped-text.js';
import { SLICE, type Slices } from '#src/wire/slices.js';
import { decodeSurrogateEscape } from '#src/wire/surrogate-escape.js';

/** Its result, and how often it let others have their turn. */
function finish<Result>(work: Slices<Result>): { result: Result; turns: number } {
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next();
    if (done) return { result: value, turns };
  }
}

function escaped(bytes: Uint8Array, room: number): string {
  let text = '';
  for (const piece of escapedPieces(bytes, Buffer.alloc(room))) text += Buffer.from(piece);
  return text;
}

/** Bytes of which many are parts of characters. */
const someBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('é', '€', '😀', 'a', '"', '\\', '\n', '\0').map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.concat(parts));

test('bytes become the JSON string that JSON.stringify writes of their text, in pieces of any size', () => {
  fc.assert(
    fc.property(someBytes, fc.integer({ min: 6, max: 50 }), (bytes, room) => {
      const whole = JSON.stringify(decodeSurrogateEscape(bytes)).slice(1, -1);
      assert.is(escaped(bytes, room), whole);
      assert.is(finish(escapedLength(bytes)).result, Buffer.byteLength(whole));
    }),
  );
});

test('the length of a long text is counted in slices', () => {
  const { result, turns } = finish(escapedLength(Buffer.alloc(4 * SLICE, 0xff)));
  assert.is(result, 6 * 4 * SLICE);
  assert.is(turns, 3);
});

test.run();
