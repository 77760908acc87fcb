import fc from 'fast-check';
import { test } from 'uvu';
import { generated } from '../support/generated.js';
import { Model, steps } from './model.js';

test('whatever daemons and callers do, each promise is kept, and a command is run at most once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (taken, isWell) => {
      const model = new Model();
      for (const step of taken) await model.take(step);
      await model.check(isWell);
    }),
    generated(200),
  );
});

test.run();
