import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RootwrapClient } from '#src/client/index.js';
import { executable, publicPolicy, SAFE_PATH, tsrootwrap } from '../support/executable.js';

/** Each ran a caller's code, wrote a file, or changed what words mean, under some filter of fixed words. */
const ATTACKS = [
  'SYSTEM_WGETRC ZIP DEBIAN_FRONTEND DEBCONF_SYSTEMRC SS_READLINE_PATH E2FSPROGS_UNDO_DIR',
  'GETOPT_COMPATIBLE COMPlus_EnableDiagnostics COMPlus_DbgMiniDumpName BORG_RSH BORG_REPO',
  'RESTIC_PASSWORD_COMMAND POSIXLY_CORRECT BASH_ENV PYTHONPATH PERL5OPT GIT_SSH EDITOR PAGER',
  'LESSOPEN TMPDIR IFS LOCPATH SUDO_UID SUDO_USER NODE_OPTIONS ICU_TIMEZONE_FILES_DIR UV_THREADPOOL_SIZE',
].flatMap((line) => line.split(' '));
/** Names that no list of bad ones could hold. */
const RANDOM = Array.from({ length: 200 }, () =>
  Math.random()
    .toString(36)
    .replace('0.', Math.random() < 0.5 ? 'X_' : 'y'),
);
const HARMLESS = { LANG: 'de_DE.UTF-8', TZ: 'Europe/Paris', PATH: SAFE_PATH };
const HOSTILE = {
  ...Object.fromEntries([...ATTACKS, ...RANDOM].map((name) => [name, '/tmp/x'])),
  SUDO_UID: '0', // another value is refused before anything runs
};

const { config } = publicPolicy('env: CommandFilter, /usr/bin/env, root', 'exec_dirs = /usr/bin');
const daemon = join(dirname(executable()), 'tsrootwrap-daemon');
symlinkSync(executable(), daemon);

/** What the command prints of its environment, by the way that carries it out. */
const WAYS: Readonly<Record<string, () => Promise<string>>> = {
  'the one-shot command': async () =>
    tsrootwrap(config, ['/usr/bin/env'], { env: { ...HARMLESS, ...HOSTILE } }).stdout,
  'the daemon on a socket': () => throughDaemon([]),
  'the daemon on standard streams': () => throughDaemon(['--stdio']),
};

async function throughDaemon(options: readonly string[]): Promise<string> {
  const variables = Object.entries({ ...HOSTILE, ...HARMLESS }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const client = new RootwrapClient([
    '/usr/bin/env',
    '-i',
    ...variables,
    daemon,
    ...options,
    config,
  ]);
  try {
    return (await client.execute(['/usr/bin/env'])).stdout;
  } finally {
    await client.close();
  }
}

for (const [way, carriedOut] of Object.entries(WAYS)) {
  test(`only the listed variables pass by ${way}`, async () => {
    const lines = (await carriedOut()).split('\n').filter((line) => line !== '');
    const ofCaller = lines.filter((line) => !line.startsWith('TSROOTWRAP_CALLER_UID='));
    assert.equal(
      ofCaller.sort(),
      Object.entries(HARMLESS)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  });
}

test.run();
