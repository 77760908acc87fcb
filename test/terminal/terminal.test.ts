import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Terminal } from '#src/terminal/terminal.js';

/** East Asian wide: two columns each. */
const WIDE = '界';

function watched(columns: number) {
  let written = '';
  const stream = { isTTY: true, columns, write: (text: unknown) => (written += text) };
  return { terminal: new Terminal(stream, stream, {}), written: () => written };
}

const columnsOf = (line: string) => [...line].length + [...line].filter((c) => c === WIDE).length;

test('progress never fills its line, also with characters of two columns', () => {
  for (const text of [WIDE.repeat(200), `x${WIDE.repeat(200)}`, 'x'.repeat(500), '😀'.repeat(99)]) {
    const { terminal, written } = watched(80);
    terminal.progress(text);
    const line = written().replace('\r\x1b[K', '');
    assert.ok(columnsOf(line) < 80 && columnsOf(line) > 35, line);
    assert.ok(line.isWellFormed());
    assert.not.match(line, /\n/);
  }
});

test('lines of wide characters are folded to the columns that they take', () => {
  for (const columns of [1, 40, 80, 1000]) {
    const { terminal, written } = watched(columns);
    terminal.print(`${WIDE.repeat(300)} ${WIDE.repeat(7)}`, 2, 4);
    const width = Math.max(40, Math.min(100, columns));
    for (const line of written().split('\n')) assert.ok(columnsOf(line) <= width, line);
    assert.is(written().split(WIDE).length - 1, 307);
  }
});

test('what steers a terminal is shown, wherever it is folded', () => {
  const hostile =
    '\x1b]8;;http://x\x07y\x1b]8;;\x07\x9b31m\u202e\u2066\u2028\x1b[2J\r\nroot# \x08\x00'.repeat(9);
  for (const columns of [40, 80]) {
    const { terminal, written } = watched(columns);
    terminal.print([{ text: hostile, style: 'red' }, hostile], 2, 4);
    terminal.remark(hostile);
    terminal.complain(hostile);
    terminal.printWhole(hostile);
    terminal.printJson({ hostile });
    const rest = written().replaceAll(/\x1b\[(31|39)m/g, '');
    assert.not.match(rest, /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.not.match(rest, /^root#/m);
  }
});

test.run();
