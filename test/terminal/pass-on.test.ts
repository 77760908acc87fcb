import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Terminal } from '#src/terminal/terminal.js';

function passed(bytes: Uint8Array, isTTY: boolean): Buffer {
  const written: Buffer[] = [];
  const write = (text: string | Uint8Array) => written.push(Buffer.from(text as string));
  const stream = { isTTY, columns: 80, write };
  new Terminal(stream, { write: () => {} }, {}).passOn(bytes, 'out');
  return Buffer.concat(written);
}

const HOSTILE = Buffer.from('a\x1b[2J\tb\r\nc\u009bm\u202e\x07', 'utf8');

test('output is passed on byte for byte where there is no terminal', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  assert.ok(passed(bytes, false).equals(bytes));
  assert.ok(passed(HOSTILE, false).equals(HOSTILE));
});

test('on a terminal only lines and tabs keep their meaning, and the last line is ended', () => {
  assert.is(passed(HOSTILE, true).toString(), 'a\\x1b[2J\tb\\x0d\nc\\x9bm\\u202e\\x07\n');
  assert.is(passed(Buffer.from('a\nb\n'), true).toString(), 'a\nb\n');
});

test('no output is nothing, not an empty line', () => {
  assert.is(passed(Buffer.alloc(0), true).length, 0);
});

test.run();
