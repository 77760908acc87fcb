import { test } from 'uvu';
import { OsloClient } from '../support/clients.js';
import { bearFrames } from './hostile-conversations.js';

test('a daemon serves on through thousands of hostile requests to oslo’s manager', async () => {
  await bearFrames(74, 1000, {
    open: (daemon) => daemon.authenticated(),
    frame: (frames) => frames.oslo('0'),
  });
});

test('a daemon serves on through thousands of hostile requests to oslo’s object', async () => {
  let object = '0';
  await bearFrames(75, 4000, {
    open: async (daemon) => {
      const client = await OsloClient.create(() => daemon.authenticated());
      object = client.object;
      return client.connection;
    },
    frame: (frames) => frames.oslo(object),
  });
});

test.run();
