import { chmodSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answerChallenge, FAILURE, makeChallenge, WELCOME } from '#src/wire/challenge.js';
import { temporaryUser } from '../support/accounts.js';
import { inChild } from '../support/child-module.js';
import { type DaemonProcess, daemonPolicy, withDaemon } from '../support/daemon.js';
import type { RawConnection } from '../support/raw-connection.js';
import { testWith } from '../support/requirements.js';
import { withSyslog } from '../support/syslog-receiver.js';

const WRONG = Buffer.alloc(32, 7);

async function proven({ key }: DaemonProcess, connection: RawConnection): Promise<void> {
  connection.send(answerChallenge(key, (await connection.next()) ?? Buffer.alloc(0)));
  assert.equal(await connection.next(), WELCOME);
}

/** Each step of the challenge gone wrong: what is done, what comes, what is logged. */
const STEPS: [
  string,
  (connection: RawConnection, daemon: DaemonProcess) => Promise<Buffer[]>,
  string,
][] = [
  [
    'an answer by another key',
    async (connection) => {
      connection.send(answerChallenge(WRONG, (await connection.next()) ?? Buffer.alloc(0)));
      return [FAILURE];
    },
    'does not know the key',
  ],
  [
    'no answer but a welcome',
    async (connection) => {
      await connection.next();
      connection.send(WELCOME);
      return [FAILURE];
    },
    'does not know the key',
  ],
  [
    'the challenge itself for an answer',
    async (connection) => {
      connection.send((await connection.next()) ?? '');
      return [FAILURE];
    },
    'does not know the key',
  ],
  [
    'another message behind its answer',
    async (connection, daemon) => {
      await proven(daemon, connection);
      connection.send({ type: 'hello', protocol: 1 });
      return [FAILURE];
    },
    'challenges in a way that is not known here',
  ],
  [
    'no welcome for the daemon’s answer',
    async (connection, daemon) => {
      await proven(daemon, connection);
      connection.send(makeChallenge().payload);
      await connection.next();
      connection.send(FAILURE);
      return [];
    },
    'did not take our answer',
  ],
];

for (const [title, fail, why] of STEPS) {
  test(`a client is refused for ${title}, and the log has its uid and pid`, async () => {
    await withDaemon(daemonPolicy(), async (daemon) => {
      const connection = await daemon.connect();
      const expected = await fail(connection, daemon);
      assert.equal(await connection.end(), expected);
      assert.match(
        daemon.complaints,
        new RegExp(
          `\\(uid ${process.getuid?.()}\\), pid ${process.pid}, by \\S+: refused the connection: the peer ${why}`,
        ),
      );
      connection.destroy();
    });
  });
}

const CLIENT = `
  import { DaemonProcess } from ${JSON.stringify(import.meta.resolve('../support/daemon.js'))};
  const daemon = await DaemonProcess.start({ config: process.argv[1] });
  const connection = await daemon.connect();
  connection.send('not the answer');
  await connection.end();
  connection.destroy();
  await daemon.stop();`;

testWith(['root', 'mount namespaces', 'python3'], 'a refusal goes to syslog', () => {
  const { config } = daemonPolicy('', 'use_syslog = true');
  const words = [process.execPath, '--input-type=module', '-e', CLIENT, config];
  const { status, stderr, messages } = withSyslog(words);
  assert.is(status, 0, stderr);
  assert.match(
    messages.join('\n'),
    /from root \(uid 0\), pid \d+, by \S+: refused the connection: the peer does not know the key/,
  );
});

/** What connecting comes to for that user: the error's code, or what came before the end. */
function connectedAs(uid: number, path: string): unknown {
  const program = `
    answer = await new Promise((resolve) => {
      let bytes = 0;
      const socket = net.connect(${JSON.stringify(path)});
      socket.on('error', ({ code }) => resolve(code));
      socket.on('data', (data) => (bytes += data.length, socket.end()));
      socket.on('close', () => resolve(bytes));
    });`;
  return inChild({ net: 'node:net' }, program, { uid });
}

testWith(
  ['root'],
  'another user is kept out by the permissions, and behind those by the kernel’s word',
  async () => {
    const [owner, stranger] = [temporaryUser(), temporaryUser()];
    const env = { SUDO_UID: String(owner.uid) };
    await withDaemon(
      daemonPolicy(),
      async (daemon) => {
        assert.is(connectedAs(stranger.uid, daemon.path), 'EACCES');
        chmodSync(daemon.directory, 0o711);
        assert.is(connectedAs(stranger.uid, daemon.path), 'EACCES');
        chmodSync(daemon.path, 0o666);
        assert.is(connectedAs(stranger.uid, daemon.path), 0);
        assert.match(
          daemon.complaints,
          new RegExp(`\\(uid ${stranger.uid}\\), pid \\d+, by .* the peer is not uid ${owner.uid}`),
        );
        assert.ok(Number(connectedAs(owner.uid, daemon.path)) > 0, 'the owner is refused');
        const root = await daemon.client();
        assert.is((await root.run(['true'])).code, 0);
        root.connection.destroy();
      },
      { env },
    );
  },
);

test.run();
