import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileArguments } from '#src/privileged/schema/compile.js';
import type { Format } from '#src/privileged/schema/types.js';

const TEXTS: Readonly<Record<Format, { readonly passes: string[]; readonly refused: string[] }>> = {
  ipv4: {
    passes: ['0.0.0.0', '192.0.2.1', '255.255.255.255'],
    refused: [
      '256.0.0.1',
      '01.2.3.4',
      '1.2.3',
      '1.2.3.4.5',
      '0x7f.0.0.1',
      '1.2.3.4/8',
      '127.1',
      '::1',
    ],
  },
  ipv6: {
    passes: ['::', '::1', 'fd00::1', '2001:DB8::1', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'],
    refused: [
      'fe80::1%eth0',
      'fe80::1%../../x',
      ':::',
      '1::2::3',
      '12345::',
      '1.2.3.4',
      '[::1]',
      'g::',
    ],
  },
  cidr: {
    passes: ['10.0.0.0/8', '10.1.2.3/32', '0.0.0.0/0', 'fd00::/8', '::/0', '::1/128'],
    refused: [
      '10.0.0.0',
      '10.0.0.0/33',
      '10.0.0.0/08',
      '10.0.0.0/-1',
      '::/129',
      '10.0.0.0/8/8',
      '/8',
      'fe80::1%x/64',
      '10.0.0.0/1e1',
      'x/../..',
    ],
  },
  mac: {
    passes: ['02:00:5e:10:00:01', 'FF:FF:FF:FF:FF:FF'],
    refused: [
      '02-00-5e-10-00-01',
      '02005e100001',
      '02:00:5e:10:00',
      '02:00:5e:10:00:0g',
      '2:0:5e:10:0:1',
    ],
  },
  uuid: {
    passes: ['01234567-89ab-cdef-0123-456789abcdef', '01234567-89AB-CDEF-0123-456789ABCDEF'],
    refused: [
      'urn:uuid:01234567-89ab-cdef-0123-456789abcdef',
      '{01234567-89ab-cdef-0123-456789abcdef}',
      '0123456789abcdef0123456789abcdef',
      '01234567-89ab-cdef-0123-456789abcdeg',
    ],
  },
  'date-time': {
    passes: [
      '2026-11-30T18:00:00Z',
      '2024-02-29T23:59:59.123456789+05:30',
      '0001-01-01T00:00:00-23:59',
    ],
    refused: [
      '2026-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
      '2026-06-30T23:59:60Z',
      '2026-01-01t00:00:00z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      '2026-01-01T00:00:00+24:00',
    ],
  },
};

for (const [format, { passes, refused }] of Object.entries(TEXTS)) {
  const check = compileArguments({ a: { type: 'string', format: format as Format } });

  test(`${format}: what is written so passes, and nothing else`, () => {
    for (const a of passes) assert.not.throws(() => check({ a }), a);
    const others = Object.entries(TEXTS).flatMap(([other, texts]) =>
      other === format ? [] : texts.passes,
    );
    const wrapped = passes.flatMap((text) => [
      `${text}\n`,
      ` ${text}`,
      `${text} `,
      `${text}/..`,
      `-${text}`,
      `${text}\0`,
    ]);
    for (const a of [...refused, ...others, ...wrapped, '', '..', '-x', '\u0661.1.1.1']) {
      assert.throws(() => check({ a }), `args.a must be written as ${format}`, JSON.stringify(a));
    }
  });
}

test('a format and a pattern both hold', () => {
  const check = compileArguments({ a: { type: 'string', format: 'ipv4', pattern: '^10[.]' } });
  check({ a: '10.0.0.1' });
  assert.throws(() => check({ a: '192.0.2.1' }), 'pattern');
  assert.throws(() => check({ a: '10.x' }), 'ipv4');
});

test.run();
