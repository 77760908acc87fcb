import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Account, temporaryUser } from '../support/accounts.js';
import { run } from '../support/executable.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { type OsloClient, OsloClients } from './oslo-client.js';
import { goneWithSocket, type Service, service } from './oslo-service.js';

const NEEDS: Requirement[] = ['root', 'sudo', 'python3-oslo.rootwrap'];
const made: string[] = [];

process.on('exit', () => {
  for (const file of made) rmSync(file, { force: true });
});

/** A new user whose sudoers line allows exactly the daemon of this service. */
function sudoer({ directory, command }: Service): Account {
  const user = temporaryUser();
  const line = `${user.name} ALL=(root) NOPASSWD: ${command.join(' ')}\n`;
  const draft = join(directory, 'sudoers');
  writeFileSync(draft, line, { mode: 0o440 });
  const { status, stderr } = run('visudo', ['-cf', draft]);
  if (status !== 0) throw new Error(stderr);
  const file = `/etc/sudoers.d/${user.name}`;
  made.push(file);
  writeFileSync(file, line, { mode: 0o440 });
  chmodSync(file, 0o440);
  return user;
}

function identityOf({ uid, gid }: Account) {
  return { uid, gid };
}

/** Runs a body with a client of an ordinary user, whose command is sudo and the daemon. */
async function asUser(body: (client: OsloClient, user: Account) => Promise<void>): Promise<void> {
  const files = service();
  const user = sudoer(files);
  const clients = new OsloClients([], identityOf(user));
  try {
    const client = await clients.client(['sudo', '-n', ...files.command]);
    await client.execute(['echo']);
    const daemon = await client.daemon();
    await body(client, user);
    await clients.end();
    await goneWithSocket(daemon);
  } finally {
    await clients.end();
  }
}

testWith(NEEDS, 'an ordinary user’s client runs commands as root through sudo', () =>
  asUser(async (client) => {
    assert.equal(await client.execute(['id', '-u']), [0, '0\n', '']);
    assert.equal(await client.execute(['cat'], 'ä\udcff'), [0, 'ä\udcff', '']);
    assert.equal(await client.execute(['rm']), [99, '', '']);
  }),
);

testWith(
  NEEDS,
  'the socket and its directory belong to the user who called sudo, and to no other',
  () =>
    asUser(async (client, { uid }) => {
      const { socket } = await client.daemon();
      for (const [path, mode] of [
        [socket, 0o600],
        [dirname(socket), 0o700],
      ] as const) {
        const stat = statSync(path);
        assert.equal([stat.uid, stat.mode & 0o7777], [uid, mode], path);
      }
    }),
);

testWith(NEEDS, 'without env_keep no variable of sudo’s reaches a command', () =>
  asUser(async (client) => {
    const words = ['sh', '-c', 'echo "$SUDO_USER$SUDO_UID$SUDO_COMMAND"'];
    assert.equal(await client.execute(words), [0, '\n', '']);
  }),
);

testWith(NEEDS, 'shutdown through sudo ends the daemon with 0', () =>
  asUser(async (client) => {
    await client.shutdown();
    assert.is(await client.ended(), 0);
  }),
);

testWith(NEEDS, 'the daemon behind sudo ends when the user’s service is killed', async () => {
  const files = service();
  const clients = new OsloClients([], identityOf(sudoer(files)));
  const client = await clients.client(['sudo', '-n', ...files.command]);
  await client.execute(['echo']);
  const daemon = await client.daemon();
  await clients.kill();
  await goneWithSocket(daemon);
});

testWith(NEEDS, 'root’s own client works through sudo as well', async () => {
  const files = service();
  const clients = new OsloClients();
  const client = await clients.client(['sudo', '-n', ...files.command]);
  assert.equal(await client.execute(['id', '-u']), [0, '0\n', '']);
  const daemon = await client.daemon();
  await clients.end();
  await goneWithSocket(daemon);
});

test.run();
