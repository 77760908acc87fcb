// Loaded before a test file: keeps the title of the test that runs in a file, for the runner to tell
// when it has to kill the process.
import { writeFileSync } from 'node:fs';
import { type Context, test } from 'uvu';

const file = process.env.TSROOTWRAP_TEST_TITLE;

if (file !== undefined) {
  test.before.each((context: Context & { __test__?: string }) => {
    writeFileSync(file, context.__test__ ?? '');
  });
}
