import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { essence, examplesOf, outputsOf } from '../support/document.js';

const DOCUMENT = 'docs/writing-filters.md';

test('every block of the tutorial prints what the tutorial shows', () => {
  const examples = examplesOf(DOCUMENT);
  assert.ok(examples.filter(({ output }) => output !== undefined).length > 10);
  for (const [index, output] of outputsOf(examples).entries()) {
    const { line, output: shown = '' } = examples[index] ?? { line: 0 };
    assert.is(essence(output), essence(shown), `${DOCUMENT}:${line} really prints:\n${output}`);
  }
});

test.run();
