import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quote } from '#src/config/quote.js';

test('what is wrong is quoted up to sixty characters, and escaped', () => {
  const longest = 'x'.repeat(60);
  assert.is(quote(longest), `"${longest}"`);
  assert.is(quote(`${longest}y`), `"${longest}..."`);
  assert.is(quote('a"\n'), '"a\\"\\n"');
});

test.run();
