import { test } from 'uvu';
import { bearFrames } from './hostile-conversations.js';

test('a daemon serves on through thousands of hostile first messages', async () => {
  await bearFrames(72, 1000, {
    open: (daemon) => daemon.authenticated(),
    frame: (frames) => frames.object(),
  });
});

test('a daemon serves on through thousands of hostile messages behind a greeting', async () => {
  await bearFrames(73, 4000, {
    open: async (daemon) => (await daemon.client()).connection,
    frame: (frames) => frames.object(),
  });
});

test.run();
