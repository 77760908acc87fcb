import { test } from 'uvu';
import { assertOutputs, examplesOf } from '../support/document.js';

test('every block of README.md that shows output prints it', () => {
  const shown = examplesOf('README.md').filter(({ output }) => output !== undefined);
  assertOutputs('README.md', shown); // the others install things
});

test.run();
