import { fullFormats } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FORMATS } from '#src/privileged/schema/formats.js';
import { generated } from '../../support/generated.js';

const SHARED = ['ipv4', 'ipv6', 'uuid', 'date-time'] as const;
type Shared = (typeof SHARED)[number];

/** What ajv-formats takes and we do not, and why. Whatever else differs is a fault of either. */
const DIFFERENCES: Readonly<Record<Shared, Readonly<Record<string, RegExp>>>> = {
  ipv4: {},
  ipv6: {},
  uuid: { 'a URN, which programs that want a UUID do not take': /^urn:uuid:/i },
  'date-time': {
    'a leap second, which most programs do not take': /:60/,
    'a separator other than T: a blank is the end of a word in many files': /^\d{4}-\d\d-\d\d[^T]/,
    'a small z': /z$/,
    'a zone without minutes, or without its colon, which RFC 3339 has not': /[+-]\d\d(?:\d\d)?$/,
    'more digits than nanoseconds': /\.\d{10}/,
  },
};

function takes(format: Shared, text: string): boolean {
  const rule = fullFormats[format];
  if (rule instanceof RegExp) return rule.test(text);
  const { validate } = rule as { readonly validate: (text: string) => boolean };
  return validate(text);
}

/** Texts that are nearly right: a good one, or one with a piece exchanged, left out or put in. */
function near(good: fc.Arbitrary<string>, pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  const changed = fc
    .tuple(good, fc.nat(40), fc.nat(3), piece)
    .map(([text, at, count, put]) => text.slice(0, at) + put + text.slice(at + count));
  return fc.oneof(
    good,
    changed,
    fc.tuple(piece, good).map(([first, text]) => first + text),
  );
}

const number = (from: number, to: number, digits: number) =>
  fc.integer({ min: from, max: to }).map((value) => String(value).padStart(digits, '0'));

const TEXTS: Readonly<Record<Shared, fc.Arbitrary<string>>> = {
  ipv4: near(fc.ipV4(), ['', '.', '0', '00', '256', '-1', ' ', '\n', 'x', '/8']),
  ipv6: near(fc.ipV6(), ['', ':', '::', '0', 'ffff', '12345', '1.2.3.4', '%eth0', '\n', 'g']),
  uuid: near(fc.uuid(), ['', '-', 'F', 'g', 'urn:uuid:', 'URN:UUID:', '{', '\n']),
  'date-time': near(
    fc
      .tuple(
        number(0, 9999, 4),
        number(0, 13, 2),
        number(0, 32, 2),
        fc.constantFrom('T', 't', ' '),
        number(0, 24, 2),
        number(0, 60, 2),
        number(0, 61, 2),
        fc.constantFrom('', '.5', '.123456789', '.1234567890'),
        fc.constantFrom('Z', 'z', '', '+05:30', '-23:59', '+24:00', '+0530', '+05', '+5:30'),
      )
      .map(([year, month, day, t, hour, minute, second, part, zone]) => {
        return `${year}-${month}-${day}${t}${hour}:${minute}:${second}${part}${zone}`;
      }),
    ['', '-', ':', 'T', '0', '9', '\n', '2026-11-30', '23:59:60Z'],
  ),
};

for (const format of SHARED) {
  test(`${format}: what passes passes ajv-formats too, which takes more only where we say why`, () => {
    const reasons = Object.values(DIFFERENCES[format]);
    const property = fc.property(TEXTS[format], (text) => {
      const ours = FORMATS[format](text);
      if (ours === takes(format, text)) return;
      assert.not.ok(ours, `ajv-formats refuses ${JSON.stringify(text)}`);
      const known = reasons.some((reason) => reason.test(text));
      assert.ok(known, `ajv-formats takes ${JSON.stringify(text)}`);
    });
    fc.assert(property, generated(20_000));
  });
}

test('each difference from ajv-formats is one: with the release we test with', () => {
  const good = {
    uuid: ['urn:uuid:01234567-89ab-cdef-0123-456789abcdef'],
    'date-time': [
      '2026-06-30T23:59:60Z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00z',
      '2026-01-01T00:00:00+0530',
      '2026-01-01T00:00:00.1234567890Z',
    ],
  } as const;
  for (const format of ['uuid', 'date-time'] as const) {
    const reasons = Object.values(DIFFERENCES[format]);
    assert.is(reasons.length, good[format].length);
    good[format].forEach((text, at) => {
      assert.ok(reasons[at]?.test(text), text);
      assert.equal([FORMATS[format](text), takes(format, text)], [false, true], text);
    });
  }
});

test('ajv-formats has neither cidr nor mac', () => {
  const names = Object.keys(fullFormats);
  assert.equal(
    Object.keys(FORMATS).filter((name) => !names.includes(name)),
    ['cidr', 'mac'],
  );
});

test.run();
