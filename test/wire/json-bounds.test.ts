import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeBounded, encode, MAX_TEXT } from '#src/wire/encoding.js';
import { checkBounds } from '#src/wire/json-bounds.js';

function bounded(text: string): void {
  checkBounds(Buffer.from(text));
}

test('the largest request is taken', () => {
  const argv = Array.from({ length: 65_535 }, (_, i) => `${i}`);
  const environment = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`V${i}`, 'x']));
  const { value } = decodeBounded(encode({ type: 'run', id: 1, argv, environment }).subarray(8));
  assert.is((value as { argv: string[] }).argv.length, 65_535);
});

test('one byte of JSON more than fits is refused, whatever is behind it', () => {
  const fits = `"${'x'.repeat(MAX_TEXT - 2)}"`;
  decodeBounded(Buffer.from(`${fits}\n${'bytes'.repeat(1000)}`));
  assert.throws(() => decodeBounded(Buffer.from(`${fits} \n`)), /more than 1048576 bytes of JSON/);
  assert.throws(() => decodeBounded(Buffer.from(`${fits} `)), /more than 1048576 bytes of JSON/);
});

test('depth, values and names are bounded', () => {
  const pad = ' '.repeat(5000);
  bounded(`${'['.repeat(16)}${pad}${']'.repeat(16)}`);
  assert.throws(() => bounded(`${pad}${'['.repeat(17)}`), /nested deeper/);
  assert.throws(() => bounded(`[${'1,'.repeat(70_000)}1]`), /more than 70000 values/);
  assert.throws(() => bounded(`{${'"a":1,'.repeat(2049)}"b":1}`), /more than 2048 names/);
});

test('what stands in strings does not count', () => {
  bounded(`["${'[{:,'.repeat(100_000)}\\"${'['.repeat(100)}\\\\"]`);
});

test.run();
