import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicPolicy, SAFE_PATH } from '../support/executable.js';
import { generated } from '../support/generated.js';
import { carriedOut, WAYS } from '../support/ways.js';

/** Each ran a caller's code, wrote a file, or changed what words mean, under some filter of fixed words. */
const ATTACKS = [
  'SYSTEM_WGETRC ZIP DEBIAN_FRONTEND DEBCONF_SYSTEMRC SS_READLINE_PATH E2FSPROGS_UNDO_DIR',
  'GETOPT_COMPATIBLE COMPlus_EnableDiagnostics COMPlus_DbgMiniDumpName BORG_RSH BORG_REPO',
  'RESTIC_PASSWORD_COMMAND POSIXLY_CORRECT BASH_ENV PYTHONPATH PERL5OPT GIT_SSH EDITOR PAGER',
  'LESSOPEN TMPDIR IFS LOCPATH SUDO_UID SUDO_USER NODE_OPTIONS ICU_TIMEZONE_FILES_DIR UV_THREADPOOL_SIZE',
].flatMap((line) => line.split(' '));
/** Names that no list of bad ones could hold. */
const RANDOM = fc.sample(fc.stringMatching(/^(?:X_|y)[0-9a-z]{4,12}$/), generated(200));
const HARMLESS = { LANG: 'de_DE.UTF-8', TZ: 'Europe/Paris', PATH: SAFE_PATH };
const HOSTILE = {
  ...Object.fromEntries([...ATTACKS, ...RANDOM].map((name) => [name, '/tmp/x'])),
  SUDO_UID: '0', // another value is refused before anything runs
};

const { config } = publicPolicy('env: CommandFilter, /usr/bin/env, root', 'exec_dirs = /usr/bin');

for (const way of WAYS) {
  test(`only the listed variables pass by ${way}, and who asked`, () => {
    const env = { ...HOSTILE, ...HARMLESS };
    const { stdout, stderr } = carriedOut(way, config, ['/usr/bin/env'], { env });
    const lines = stdout.split('\n').filter((line) => line !== '');
    const asker = process.getuid?.() === 0 ? HOSTILE.SUDO_UID : process.getuid?.();
    assert.equal(
      lines.sort(),
      Object.entries({ ...HARMLESS, TSROOTWRAP_CALLER_UID: asker })
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      stderr,
    );
  });
}

test.run();
