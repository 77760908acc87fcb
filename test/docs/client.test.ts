import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, run } from '../support/executable.js';

const DOCUMENT = 'docs/client.md';

/** The blocks that are whole programs; others are parts of one. */
const PROGRAMS = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```js\n(import .*?)^```$/gms)].map(
  ({ 1: program = '' }) => program,
);

test('the page has its programs', () => {
  assert.ok(PROGRAMS.length >= 6, `${PROGRAMS.length} programs`);
});

for (const [index, program] of PROGRAMS.entries()) {
  const title = program.trim().split('\n').at(-2);
  test(`program ${index} of ${DOCUMENT} runs as it is pasted: ${title}`, () => {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    const directory = mkdtempSync(join(ROOT, 'build/client-doc-'));
    try {
      const file = join(directory, 'program.mjs');
      writeFileSync(file, program);
      const { status, stderr } = run(process.execPath, [file], { cwd: ROOT });
      assert.is(status, 0, stderr);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test.run();
