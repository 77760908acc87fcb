import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attempt, type Target, target } from '../support/attempt.js';
import { executable, run, SAFE_PATH, start } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** Programs that may run, but not with what a caller's variables would add to them. */
const it: Target = target(`
true: CommandFilter, true, root
bash: CommandFilter, /bin/bash, root
sh: CommandFilter, /bin/sh, root
python: CommandFilter, /usr/bin/python3, root
perl: CommandFilter, /usr/bin/perl, root
git: CommandFilter, /usr/bin/git, root
tar: CommandFilter, /usr/bin/tar, root
make: CommandFilter, /usr/bin/make, root
inner: CommandFilter, inner, root
node: CommandFilter, ${process.execPath}, root
set: EnvFilter, env, root, A=, B=, true
also: EnvFilter, env, root, C=, true`);
const own = join(it.directory, 'own');
mkdirSync(own);
const INNER = 'echo b a | sort >/dev/null';
for (const name of ['sort', 'pager']) script(join(own, name), `touch ${it.marker}; exec cat`);
script(join(it.bin, 'inner'), INNER);
writeFileSync(join(own, 'rc'), `touch ${it.marker}\n`);
writeFileSync(join(own, 'sitecustomize.py'), `open(${JSON.stringify(it.marker)}, 'w')\n`);
writeFileSync(join(own, 'Evil.pm'), `package Evil; open(F, '>', '${it.marker}'); 1;\n`);
writeFileSync(join(own, 'x.js'), `require('fs').writeFileSync('${it.marker}', '')`);
writeFileSync(join(own, 'evil.mk'), `$(shell touch ${it.marker})\n`);
writeFileSync(
  join(own, 'preload.c'),
  `#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { open("${it.marker}", O_CREAT | O_WRONLY, 0600); }\n`,
);
writeFileSync(
  join(own, '.gitconfig'),
  `[alias]\n  version = !touch ${it.marker}\n  evil = !touch ${it.marker}\n`,
);
const library = join(own, 'preload.so');
const compiled =
  has('/usr/bin/cc') &&
  run('/usr/bin/cc', ['-shared', '-fPIC', '-o', library, join(own, 'preload.c')]).status === 0;

// Root would keep a directory of its own in PATH.
if (process.geteuid?.() === 0) chownSync(own, 65534, 65534);

function has(program: string): boolean {
  return run('/bin/sh', ['-c', '[ -x "$0" ]', program]).status === 0;
}

function withProgram(program: string, title: string, body: () => void): void {
  if (has(program)) testWith(['root'], title, body);
  else console.log(`SKIP: needs ${program}: ${title}`);
}

/** The words do harm with these variables when run directly, and none by tsrootwrap. */
function harmless(words: readonly string[], env: Record<string, string>, status = 0): void {
  const all = { PATH: SAFE_PATH, ...env };
  // bash takes Node's usual socket for a remote shell's, and reads other files then
  attempt(it, words, { env: all, real: words, status, stdio: ['ignore', 'pipe', 'pipe'] });
}

for (const variable of ['LD_PRELOAD', 'LD_AUDIT']) {
  withProgram('/usr/bin/cc', `environment: ${variable} with a library of the caller’s`, () => {
    assert.ok(compiled);
    // Before tsrootwrap starts, the linker of a caller who is root already loads what it likes.
    const before = `exec env ${variable}=${library} "$@"`;
    run('/bin/sh', ['-c', before, 'sh', '/usr/bin/true']);
    assert.ok(existsSync(it.marker), 'the payload does nothing');
    const shown = ['-c', before, 'sh', executable(), it.config, 'inner', it.marker];
    assert.is(run('/bin/sh', shown).status, 0);
    rmSync(it.marker);
    const after = `rm -f ${it.marker}; sort -u /dev/null; test ! -e ${it.marker}`;
    script(join(it.bin, 'inner'), after);
    assert.is(run('/bin/sh', shown).status, 0);
    script(join(it.bin, 'inner'), INNER);
  });
}

withProgram('/bin/bash', 'environment: BASH_ENV for a bash script', () => {
  harmless(['/bin/bash', '-c', ':'], { BASH_ENV: join(own, 'rc') });
});

withProgram('/bin/bash', 'environment: an exported function for a bash script', () => {
  harmless(['/bin/bash', '-c', 'true'], { 'BASH_FUNC_true%%': `() { touch ${it.marker}; }` });
});

withProgram('/bin/bash', 'environment: SHELLOPTS and PS4 for a bash script', () => {
  // bash itself does not take PS4 as root, but as any other user
  const env = { PATH: SAFE_PATH, SHELLOPTS: 'xtrace', PS4: `$(touch ${it.marker})` };
  attempt(it, ['/bin/bash', '-c', ':'], { env, status: 0 });
});

testWith(
  ['root'],
  'environment: a program of the caller’s in PATH, for a script’s inner command',
  () => {
    harmless(['inner'], { PATH: `${own}:${it.bin}:${SAFE_PATH}` }, 0);
  },
);

testWith(
  ['root', 'mount namespaces'],
  'environment: a PATH over /proc, whose text is a directory of root’s and which leads to the caller’s',
  async () => {
    // A caller makes this namespace without being root, in a user namespace of its own.
    const lines = [
      'mount -t tmpfs tmpfs /usr/local/bin',
      `cp ${join(own, 'sort')} /usr/local/bin`,
      'echo ready',
      'exec sleep 60',
    ];
    const elsewhere = start('unshare', ['-m', 'sh', '-c', lines.join(' && ')]);
    assert.is(await elsewhere.output(), 'ready\n');
    const cwd = `/proc/${elsewhere.pid}/root/usr/local/bin`;
    for (const directory of ['/proc/self/cwd', '/proc/thread-self/cwd', cwd]) {
      const env = { PATH: `${directory}:${it.bin}:${SAFE_PATH}` };
      attempt(it, ['inner'], { env, cwd, real: ['inner'], status: 0 });
    }
    elsewhere.child.kill('SIGKILL');
  },
);

withProgram('/usr/bin/python3', 'environment: PYTHONPATH', () => {
  harmless(['/usr/bin/python3', '-c', ''], { PYTHONPATH: own });
});

withProgram(
  '/usr/bin/python3',
  'environment: a user site directory below HOME, and PYTHONUSERBASE',
  () => {
    const where = run(
      '/usr/bin/python3',
      ['-c', 'import site; print(site.getusersitepackages())'],
      {
        env: { HOME: own, PATH: SAFE_PATH },
      },
    ).stdout.trim();
    run('/bin/mkdir', ['-p', where]);
    writeFileSync(join(where, 'usercustomize.py'), `open(${JSON.stringify(it.marker)}, 'w')\n`);
    run('/bin/chmod', ['777', own]);
    try {
      harmless(['/usr/bin/python3', '-c', ''], { HOME: own });
      harmless(['/usr/bin/python3', '-c', ''], { PYTHONUSERBASE: join(own, '.local') });
    } finally {
      run('/bin/chmod', ['755', own]);
    }
  },
);

withProgram('/usr/bin/perl', 'environment: PERL5OPT and PERL5LIB', () => {
  harmless(['/usr/bin/perl', '-e', '1'], { PERL5LIB: own, PERL5OPT: '-MEvil' });
});

test('environment: NODE_OPTIONS for a command that is Node', () => {
  harmless([process.execPath, '-e', ''], { NODE_OPTIONS: `--require=${own}/x.js` });
});

withProgram('/usr/bin/git', 'environment: GIT_CONFIG, GIT_PAGER and GIT_EXEC_PATH', () => {
  const config = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'alias.evil',
    GIT_CONFIG_VALUE_0: `!touch ${it.marker}`,
  };
  harmless(['/usr/bin/git', 'evil'], config, 1);
  harmless(['/usr/bin/git', 'evil'], { GIT_CONFIG_GLOBAL: join(own, '.gitconfig') }, 1);
});

withProgram('/usr/bin/tar', 'environment: TAR_OPTIONS', () => {
  harmless(['/usr/bin/tar', '-cf', '/dev/null', '/etc/hostname'], {
    TAR_OPTIONS: `--checkpoint=1 --checkpoint-action=exec=${it.payload} -b1`,
  });
});

withProgram('/usr/bin/make', 'environment: MAKEFILES', () => {
  harmless(['/usr/bin/make', '-f', '/dev/null'], { MAKEFILES: join(own, 'evil.mk') }, 2);
});

withProgram('/usr/bin/make', 'environment: MAKEFLAGS and GNUMAKEFLAGS', () => {
  for (const name of ['MAKEFLAGS', 'GNUMAKEFLAGS']) {
    harmless(
      ['/usr/bin/make', '-f', '/dev/null'],
      { [name]: `--eval=$$(shell\\ touch\\ ${it.marker})` },
      2,
    );
  }
});

withProgram(
  '/bin/bash',
  'environment: HOME with a .bashrc, which bash reads where its input is a socket',
  () => {
    writeFileSync(join(own, '.bashrc'), `touch ${it.marker}\n`);
    const env = { PATH: SAFE_PATH, HOME: own };
    const words = ['/bin/bash', '-c', ':'];
    attempt(it, words, { env, real: words, status: 0 });
  },
);

for (const words of [
  ['env', 'A=1', 'B=2', 'LD_PRELOAD=x', 'true'],
  ['env', 'A=1', 'true'],
  ['env', 'A=1', 'A=2', 'true', 'true'],
  ['env', 'A=1', 'B=2', 'A=3', 'true'],
  ['env', 'A=1', 'B=2', 'C=3', 'true'],
  ['env', 'env', 'A=1', 'B=2', 'true'],
  ['env', 'env', 'C=1', 'true'],
  ['env', '-i', 'A=1', 'B=2', 'true'],
  ['env', '-S', 'A=1 B=2 touch MARKER', 'true'],
  ['env', 'A=1', 'B=2', '-', 'true'],
  ['env', 'A=1', 'B=2', 'PAYLOAD'],
  ['env', 'A=1', 'B=2', 'X=Y', 'PAYLOAD'],
  ['env', 'A=1', '=2', 'true'],
  ['env', 'A=1', 'B', 'true'],
  ['env', 'A =1', 'B=2', 'true'],
  ['env', 'A=1', 'B=2', '/tmp/true'],
  ['/usr/bin/env', 'A=1', 'B=2', 'true'],
  ['env', 'PAYLOAD'],
  ['env'],
  ['env', 'env'],
  ['env', 'env', 'env', 'PAYLOAD'],
]) {
  testWith(
    ['root'],
    `env-twice, env-once: an EnvFilter for A and B, given ${words.join(' ')}`,
    () => {
      attempt(
        it,
        words.map((word) => word.replace('MARKER', it.marker).replace('PAYLOAD', it.payload)),
      );
    },
  );
}

test.run();
