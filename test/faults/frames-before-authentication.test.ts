import { test } from 'uvu';
import { bearFrames } from './hostile-conversations.js';

test('a daemon serves on through thousands of hostile frames before authentication', async () => {
  await bearFrames(71, 4000, {
    open: (daemon) => daemon.connect(),
    frame: (frames) => (frames.random.chance(80) ? frames.garbage() : frames.object()),
  });
});

test.run();
