import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWith } from '../../support/requirements.js';
import { moduleOf } from './modules-directory.js';
import { StartedHelper } from './started.js';

testWith(['root'], 'a helper runs a function and answers', async () => {
  const directory = moduleOf(`
    export const echo = test.entrypoint({ text: { type: 'string' } }, ({ text }) => text);
  `);
  const helper = await new StartedHelper(directory).ready();
  const answer = await helper.call('echo', { text: 'hello' });
  assert.is(answer.type, 'result');
  assert.equal((answer as { value?: unknown }).value, 'hello');
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

test.run();
