import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CutJson, cutLongTexts, decodeBase64 } from '#src/wire/long-texts.js';
import type { Slices } from '#src/wire/slices.js';
import { decodeSurrogateEscape, encodeSurrogateEscape } from '#src/wire/surrogate-escape.js';

const LONG = 128 * 1024;

function finish<Result>(work: Slices<Result>): { result: Result; turns: number } {
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next();
    if (done) return { result: value, turns };
  }
}

function cut(json: string): CutJson {
  return finish(cutLongTexts(Buffer.from(json))).result;
}

/** The second word of `["a", TEXT]`, as the bytes that it stands for. */
function longText(json: string): Buffer | undefined {
  const { text, long } = cut(json);
  const [, marker] = JSON.parse(text) as string[];
  assert.ok(long.has(marker ?? ''), text.slice(0, 100));
  return long.get(marker ?? '');
}

test('a long string is taken out of its JSON as the bytes of its text', () => {
  const bytes = Buffer.from('"\\\n\t/é€😀\0').toString().repeat(20_000);
  assert.equal(longText(JSON.stringify(['a', bytes])), Buffer.from(bytes));
});

test('any bytes, escaped as Python or JSON.stringify do, come out as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean(), (some, ascii) => {
      const bytes = Buffer.concat(Array.from({ length: 1 + LONG / some.length }, () => some));
      const json = JSON.stringify(['a', decodeSurrogateEscape(bytes)]);
      const python = json.replace(/[\u007f-\uffff]/g, (unit) => {
        return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      });
      assert.equal(longText(ascii ? python : json), bytes);
    }),
    { numRuns: 20 },
  );
});

test('short strings stay where they are, however many', () => {
  const json = JSON.stringify(Array.from({ length: 1000 }, (_, i) => `${i}"\\`));
  assert.is(cut(json).text, json);
});

test('a surrogate that stands for no byte makes no text', () => {
  for (const wrong of ['\\ud800', '\\udfff', '\\udc7f', '\\ud800\\u0041']) {
    assert.is(longText(`["a","${'x'.repeat(LONG)}${wrong}"]`), undefined);
    assert.is(encodeSurrogateEscape(JSON.parse(`"${wrong}"`)), undefined);
  }
});

for (const [what, json] of [
  ['a raw control character', `["${'x'.repeat(LONG)}\n"]`],
  ['an unknown escape', `["${'x'.repeat(LONG)}\\x41"]`],
  ['half an escape', `["${'x'.repeat(LONG)}\\u12"]`],
  ['no end', `["${'x'.repeat(LONG)}\\"`],
] as const) {
  test(`a long string with ${what} is not JSON`, () => {
    assert.throws(() => cut(json), /not JSON/);
  });
}

test('invalid UTF-8 is found wherever it is', () => {
  const good = Buffer.from(`["${'é'.repeat(2_000_000)}"]`);
  assert.is(finish(cutLongTexts(Buffer.from(good))).result.text.length < 100, true);
  for (const at of [3, 1_048_575, 1_048_576, good.length - 4]) {
    const bad = Buffer.from(good);
    bad[at] = 0xff;
    assert.throws(() => finish(cutLongTexts(bad)), /not JSON in UTF-8/);
  }
});

test('what would take long to parse is refused before', () => {
  const size = 4_000_000;
  assert.throws(() => cut('['.repeat(size)), /nested deeper than 16/);
  assert.throws(() => cut(`[${'{},'.repeat(size)}1]`), /more than 70000 values/);
  assert.throws(() => cut(`{${'"a":1,'.repeat(size)}`), /more than 2048 names/);
  assert.throws(
    () =>
      cut(`["${'x'.repeat(100_000)}${'","xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'.repeat(50_000)}"]`),
    /more than 1048576 bytes of JSON/,
  );
});

test('others have their turn while a long string is read', () => {
  const json = `["a","${'\\udc80'.repeat(700_000)}"]`;
  const { result, turns } = finish(cutLongTexts(Buffer.from(json)));
  assert.equal(result.long.get(JSON.parse(result.text)[1]), Buffer.alloc(700_000, 0x80));
  assert.ok(turns > 60, String(turns));
});

test('long base64 is decoded in place', () => {
  for (const count of [200_000, 200_001, 200_002]) {
    const bytes = Buffer.from(Array.from({ length: count }, (_, i) => i % 251));
    const text = Buffer.from(bytes.toString('base64'));
    const { result, turns } = finish(decodeBase64(text));
    assert.equal(result, bytes);
    assert.is(result.buffer, text.buffer);
    assert.ok(turns > 3);
  }
  for (const wrong of ['!', '=', '====', 'A='.repeat(50_000)]) {
    const text = Buffer.from(wrong.length < 3 ? `${'A'.repeat(70_000)}${wrong}AAA` : `${wrong}AA`);
    assert.throws(() => finish(decodeBase64(text)), /not base64/);
  }
});

test.run();
