import { test } from 'uvu';
import { assertOutputs } from '../support/document.js';

test('every block of docs/writing-filters.md prints what it shows', () => {
  assertOutputs('docs/writing-filters.md');
});

test.run();
