import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeSurrogateEscape, encodeSurrogateEscape } from '#src/wire/surrogate-escape.js';
import { askPython } from '../config/python-oracle.js';
import { SeededRandom } from '../config/seeded-random.js';
import { testWith } from '../support/requirements.js';

/** Answers the text of bytes, and the bytes of a text or null where there are none. */
const PROGRAM = `
import base64, json, os, sys
assert sys.getfilesystemencoding() == 'utf-8'
for line in sys.stdin:
    question = json.loads(line)
    if 'bytes' in question:
        print(json.dumps(os.fsdecode(base64.b64decode(question['bytes']))))
        continue
    try: answer = base64.b64encode(os.fsencode(question['text'])).decode()
    except UnicodeEncodeError: answer = None
    print(json.dumps(answer))
`;

const PIECES = Buffer.from('aé\u07ff\u0800\u2028\ud7ff\ue000\uffff\u{10000}😀\u{10ffff}');
/** Leads and continuations at the borders of what is well-formed. */
const BORDERS = [
  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
  0xf5, 0xff,
];

function randomBytes(random: SeededRandom): Buffer {
  return Buffer.from(
    Array.from({ length: random.below(24) }, () => {
      if (random.chance(30)) return random.below(256);
      return random.chance(50) ? random.pick(BORDERS) : (PIECES[random.below(PIECES.length)] ?? 0);
    }),
  );
}

/** Any code units, and mostly those that stand for bytes. */
function randomText(random: SeededRandom): string {
  const units = Array.from({ length: random.below(12) }, () => {
    if (random.chance(50)) return 0xdc80 + random.below(0x80);
    return random.chance(80)
      ? random.pick([0x61, 0xe9, 0x2028, 0xfffd])
      : 0xd7f0 + random.below(0x820);
  });
  return String.fromCharCode(...units);
}

testWith(['python3'], 'random bytes become the text that os.fsdecode makes of them', () => {
  const random = new SeededRandom(1121);
  console.log(`seed ${random.seed}`);
  const cases = Array.from({ length: 20_000 }, () => randomBytes(random));
  const answers = askPython<string>(
    '/usr/bin/python3',
    PROGRAM,
    cases.map((bytes) => ({ bytes: bytes.toString('base64') })),
  );
  for (const [i, bytes] of cases.entries()) {
    assert.is(decodeSurrogateEscape(bytes), answers[i], bytes.toString('hex'));
  }
});

testWith(['python3'], 'random text becomes the bytes that os.fsencode makes of it, or none', () => {
  const random = new SeededRandom(2111);
  console.log(`seed ${random.seed}`);
  const cases = Array.from({ length: 20_000 }, () => randomText(random));
  const answers = askPython<string | null>(
    '/usr/bin/python3',
    PROGRAM,
    cases.map((text) => ({ text })),
  );
  for (const [i, text] of cases.entries()) {
    const bytes = encodeSurrogateEscape(text)?.toString('base64') ?? null;
    assert.is(bytes, answers[i], JSON.stringify(text));
  }
});

test('random bytes come back as they were', () => {
  const random = new SeededRandom(3111);
  console.log(`seed ${random.seed}`);
  for (let i = 0; i < 20_000; i++) {
    const bytes = randomBytes(random);
    const back = encodeSurrogateEscape(decodeSurrogateEscape(bytes));
    assert.is(back?.toString('hex'), bytes.toString('hex'));
  }
});

test('each byte by itself comes back as it was', () => {
  for (let byte = 0; byte < 256; byte++) {
    assert.equal(encodeSurrogateEscape(decodeSurrogateEscape(Buffer.of(byte))), Buffer.of(byte));
  }
});

test('a surrogate that stands for no byte has no bytes', () => {
  for (const text of [
    '\ud800',
    '\udbff',
    '\udc00',
    '\udc7f',
    '\udd00',
    '\udfff',
    'a\udc80\ud800',
  ]) {
    assert.is(encodeSurrogateEscape(text), undefined, JSON.stringify(text));
  }
});

test('a megabyte of lone continuation bytes is decoded', () => {
  const bytes = Buffer.alloc(1 << 20, 0x80);
  assert.is(decodeSurrogateEscape(bytes), '\udc80'.repeat(1 << 20));
});

test.run();
