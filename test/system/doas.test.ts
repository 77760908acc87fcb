import { cpSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Account, temporaryUser } from '../support/accounts.js';
import { daemonExecutable, daemonPolicy } from '../support/daemon.js';
import { announcement, clientOf, startProgram } from '../support/daemon-start.js';
import { executable, publicPolicy, SAFE_PATH } from '../support/executable.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { sudoer } from '../support/sudoers.js';
import { type Logged, withSyslog } from '../support/syslog-receiver.js';

const NEEDS: Requirement[] = ['root', 'mount namespaces', 'python3'];

/** A daemon that a failed test leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

/** Words that become this user's process. */
function as({ name }: Account): string[] {
  return ['setpriv', '--reuid', name, '--regid', name, '--init-groups'];
}

/**
 * Words by which a user has doas run others as root, by a rule in an /etc of its own: the machine's
 * doas.conf stays as it is.
 *
 * @param option of the rule, such as keepenv
 */
function throughDoas(user: Account, option: string): string[] {
  const etc = join(temporaryDirectory(), 'etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(etc, 'doas.conf'), `permit nopass ${option} ${user.name} as root\n`);
  const line = 'mount --bind "$0" /etc && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', line, etc, ...as(user), 'doas', '-n'];
}

/** What `tsrootwrap good` does and logs for a caller with these variables. */
function asked(through: readonly string[], env: Record<string, string>): Logged {
  const { config, bin } = publicPolicy(
    'good: CommandFilter, good, root',
    'exec_dirs = bin\nuse_syslog = true\nsyslog_log_level = INFO',
  );
  script(join(bin, 'good'), 'echo runs >&2');
  const words = [...through, executable(), config, 'good'];
  return withSyslog(words, { env: { PATH: SAFE_PATH, ...env } });
}

function assertRunsFor({ name, uid }: Account, { status, stderr, messages }: Logged): void {
  assert.equal([status, stderr], [0, 'runs\n']);
  const own = messages.filter((message) => message.includes('tsrootwrap: '));
  assert.is(own.length, 1);
  const who = `from ${name} \\(uid ${uid}\\), pid \\d+, by \\S+: \\(${name} > root\\) Executing `;
  assert.match(own[0] ?? '', new RegExp(`tsrootwrap: ${who}`));
}

function assertUnclear({ status, stderr, messages }: Logged, why: string): void {
  assert.is(status, 97, stderr);
  assert.match(stderr, `it is not clear who asks: ${why}`);
  assert.not.match(stderr, /^runs$/m);
  const own = messages.filter((message) => message.includes('tsrootwrap: '));
  assert.is(own.length, 1);
  assert.match(own[0] ?? '', `it is not clear who asks: ${why}`);
}

testWith(
  [...NEEDS, 'doas'],
  'under doas the log names the user doas acts for, whatever they say of themselves',
  () => {
    const user = temporaryUser();
    const forged = {
      DOAS_USER: 'root',
      USER: 'daemon',
      LOGNAME: 'daemon',
      TSROOTWRAP_CALLER_UID: '1',
    };
    // without keepenv doas lets no variable of these pass
    assertRunsFor(user, asked(throughDoas(user, ''), { ...forged, SUDO_UID: '0' }));
    assertRunsFor(user, asked(throughDoas(user, 'keepenv'), forged));
  },
);

testWith(
  [...NEEDS, 'doas'],
  'under doas with keepenv a SUDO_UID of the caller’s is believed for nobody else',
  () => {
    const user = temporaryUser();
    const through = throughDoas(user, 'keepenv');
    for (const SUDO_UID of ['0', '1']) {
      assertUnclear(asked(through, { SUDO_UID }), `SUDO_UID is ${SUDO_UID}, but DOAS_USER is `);
    }
    assertRunsFor(user, asked(through, { SUDO_UID: String(user.uid) }));
  },
);

testWith(
  [...NEEDS, 'sudo'],
  'under sudo with !env_reset a DOAS_USER of the caller’s is believed for nobody else',
  () => {
    const user = sudoer([executable(), '*'], '!env_reset');
    const through = [...as(user), 'sudo', '-n'];
    for (const DOAS_USER of ['root', 'daemon']) {
      const why = `SUDO_UID is ${user.uid}, but DOAS_USER is ${DOAS_USER}`;
      assertUnclear(asked(through, { DOAS_USER }), why);
    }
    const forged = { SUDO_UID: '0', TSROOTWRAP_CALLER_UID: '1' };
    assertRunsFor(user, asked(through, { ...forged, DOAS_USER: user.name }));
    assertRunsFor(user, asked(through, forged));
  },
);

testWith([...NEEDS, 'doas'], 'under doas the daemon’s socket belongs to who asked', async () => {
  const user = temporaryUser();
  const { config } = daemonPolicy();
  const words = [...throughDoas(user, ''), daemonExecutable(), config];
  const daemon = startProgram(words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const announced = await announcement(daemon.child.stdout as Readable);
  assert.is(statSync(announced.path).uid, user.uid);
  const client = await clientOf(announced);
  assert.is((await client.run(['true'])).code, 0);
  client.connection.destroy();
  daemon.child.stdin?.end();
  assert.equal(await daemon.ended, { code: 0, signal: null });
});

testWith(
  [...NEEDS, 'doas'],
  'no daemon serves where doas and the caller name different users',
  async () => {
    const user = temporaryUser();
    const words = [...throughDoas(user, 'keepenv'), daemonExecutable(), daemonPolicy().config];
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const daemon = startProgram(words, { stdio, env: { SUDO_UID: '0' } });
    let said = '';
    daemon.child.stderr?.on('data', (bytes) => (said += bytes));
    const closed = new Promise((resolve) => daemon.child.once('close', resolve));
    assert.equal(await daemon.ended, { code: 97, signal: null });
    await closed;
    assert.match(said, 'it is not clear who asks: SUDO_UID is 0, but DOAS_USER is ');
  },
);

test.run();
