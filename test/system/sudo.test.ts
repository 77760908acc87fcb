import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryUser } from '../support/accounts.js';
import {
  executable,
  publicDirectory,
  publicPolicy,
  run,
  SAFE_PATH,
} from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { withoutTime, withSyslog } from '../support/syslog-receiver.js';

const NEEDS: Requirement[] = ['root', 'sudo'];
const made: string[] = [];

process.on('exit', () => {
  for (const file of made) rmSync(file, { force: true });
});

interface Sudoer {
  readonly name: string;
  readonly config: string;
  readonly bin: string;
  /** The words with which that user runs `sudo tsrootwrap CONFIG WORD...`. */
  asUser(...words: string[]): string[];
}

/** A new user whose sudoers line allows exactly this configuration. */
function sudoer(settings = '', options = ''): Sudoer {
  const { name } = temporaryUser();
  const { config, bin } = publicPolicy(
    'who: CommandFilter, who, root\nenv: CommandFilter, env, root\nas: CommandFilter, as, nobody',
    `exec_dirs = bin,/usr/bin\nenv_keep = SUDO_*, SAFE_WORD\n${settings}`,
  );
  script(join(bin, 'who'), 'id -u; echo "$SUDO_USER $*"');
  script(join(bin, 'as'), 'id -u');
  const file = `/etc/sudoers.d/${name}`;
  made.push(file);
  const draft = join(bin, '..', 'sudoers');
  const lines = `${options && `Defaults:${name} ${options}\n`}${name} ALL=(root) NOPASSWD: ${executable()} ${config} *\n`;
  writeFileSync(draft, lines, { mode: 0o440 });
  const checked = run('visudo', ['-cf', draft]);
  if (checked.status !== 0) throw new Error(checked.stderr);
  writeFileSync(file, lines, { mode: 0o440 });
  chmodSync(file, 0o440);
  const asUser = (...words: string[]) => [
    'setpriv',
    ...['--reuid', name, '--regid', name, '--clear-groups', 'sudo', '-n'],
    executable(),
    config,
    ...words,
  ];
  return { name, config, bin, asUser };
}

function runWords([file = '', ...args]: readonly string[], env: Record<string, string> = {}) {
  return run(file, args, { env: { PATH: SAFE_PATH, ...env }, cwd: '/' });
}

testWith(NEEDS, 'an ordinary user runs an allowed command as root', () => {
  const { name, asUser } = sudoer();
  const { status, stdout, stderr } = runWords(asUser('who', 'a', 'b'));
  assert.is(stdout, `0\n${name} a b\n`, stderr);
  assert.is(status, 0);
});

testWith(NEEDS, 'a command for another user runs as that one', () => {
  assert.is(runWords(sudoer().asUser('as')).stdout, '65534\n');
});

testWith(NEEDS, 'a command that is not allowed ends with 99 through sudo', () => {
  const { status, stderr } = runWords(sudoer().asUser('cat', '/etc/shadow'));
  assert.is(stderr, 'tsrootwrap: Unauthorized command: cat /etc/shadow (no filter matched)\n');
  assert.is(status, 99);
});

testWith(NEEDS, 'a configuration that sudoers does not name is sudo’s to refuse', () => {
  const one = sudoer();
  const words = one.asUser('who').map((word) => (word === one.config ? sudoer().config : word));
  const { status, stderr } = runWords(words);
  assert.match(stderr, /^sudo: /m);
  assert.is(status, 1);
});

testWith(
  [...NEEDS, 'mount namespaces', 'python3'],
  'the log names who called sudo, not root',
  () => {
    const { name, bin, config, asUser } = sudoer('use_syslog = true\nsyslog_log_level = INFO');
    const { messages } = withSyslog(asUser('who', 'x'), { env: { PATH: SAFE_PATH }, cwd: '/' });
    const [ours = '', ...more] = messages
      .map(withoutTime)
      .filter((text) => text.includes('>tsrootwrap:'));
    const [, uid] = /\(uid (\d+)\)/.exec(ours) ?? [];
    assert.is(run('/usr/bin/id', ['-un', uid ?? '']).stdout, `${name}\n`);
    assert.is(
      ours.replace(/pid \d+/, 'pid N'),
      `<46>tsrootwrap: from ${name} (uid ${uid}), pid N, by ${config}: ` +
        `(${name} > root) Executing ['${bin}/who', 'x'] (filter match = who)`,
    );
    assert.equal(more, []);
  },
);

testWith(NEEDS, 'even where sudo keeps the whole environment, nothing hostile gets through', () => {
  const { bin, asUser } = sudoer('', '!env_reset');
  const marker = join(bin, 'marker');
  script(join(bin, 'payload'), `touch ${marker}`);
  writeFileSync(join(bin, 'payload.js'), `require('fs').writeFileSync('${marker}', '')`);
  const { stdout, stderr, status } = runWords(asUser('env'), {
    PATH: `/tmp:${SAFE_PATH}`,
    NODE_OPTIONS: `--require=${bin}/payload.js`,
    BASH_ENV: `${bin}/payload`,
    ENV: `${bin}/payload`,
    PYTHONPATH: bin,
    SAFE_WORD: 'kept',
  });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^SAFE_WORD=kept$/m);
  assert.not.match(stdout, /^(NODE_OPTIONS|BASH_ENV|ENV|PYTHONPATH)=/m);
  assert.is(run('/bin/ls', [bin]).stdout.includes('marker'), false);
});

testWith(NEEDS, 'a caller cannot name another caller by SUDO_UID', () => {
  const { asUser, name } = sudoer('', '!env_reset');
  const { stdout } = runWords(asUser('env'), { SUDO_UID: '0', SUDO_USER: 'root' });
  assert.match(stdout, new RegExp(`^SUDO_USER=${name}$`, 'm'));
  assert.not.match(stdout, /^SUDO_UID=0$/m);
});

testWith(
  NEEDS,
  'a caller’s own link to it, beside a node of theirs, starts no node of theirs',
  () => {
    const { asUser } = sudoer();
    const mine = publicDirectory();
    const marker = join(mine, 'marker');
    script(join(mine, 'node'), `touch ${marker}`);
    for (const name of ['tsrootwrap', 'launcher']) {
      const link = join(mine, name);
      symlinkSync(executable(), link);
      // sudo lets a link of the same name and to the same file pass, and executes the path of its own rule
      runWords(asUser('who').map((word) => (word === executable() ? link : word)));
      assert.not.ok(existsSync(marker), name);
    }
    run(join(mine, 'tsrootwrap'), ['--version']);
    assert.ok(existsSync(marker), 'called without sudo it takes the node beside the link');
  },
);

test.run();
