import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OsloClient } from '../support/clients.js';
import { daemonPolicy, withDaemon } from '../support/daemon.js';

/** Each has a connection of its own in oslo.rootwrap's client. */
const THREADS = 500;

test('a service of 500 threads meets no bound unless one is configured', async () => {
  await withDaemon(daemonPolicy(), async (daemon) => {
    const clients = await Promise.all(
      Array.from({ length: THREADS }, () => OsloClient.create(() => daemon.authenticated())),
    );
    const answers = await Promise.all(clients.map((client) => client.run(['true'])));
    for (const answer of answers) assert.equal(answer, ['#RETURN', [0, '', '']]);
    for (const { connection } of clients) connection.destroy();
    assert.not.match(daemon.complaints, /daemon_max|dropped|busy|cannot accept/);
  });
});

test.run();
