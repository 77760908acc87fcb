import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { target } from '../support/attempt.js';
import { SAFE_PATH } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { carriedOut, type Outcome, WAYS, type WayOptions } from '../support/ways.js';

const NOBODY = 65534;

const it = target(
  `status: CommandFilter, status, nobody
cat: PathFilter, cat, root, DIRECTORY/images
input: CommandFilter, input, root
environment: CommandFilter, environment, root
set: EnvFilter, env, root, COLOUR=, environment
limits: CommandFilter, limits, root
descriptors: CommandFilter, descriptors, root
exit: RegExpFilter, exit, root, exit, [0-9]+
term: CommandFilter, term, root
stranger: CommandFilter, stranger, nobody-of-this-name
missing: CommandFilter, /nonexistent/program, root`,
  'exec_dirs = DIRECTORY/bin,/usr/bin,/bin\nrlimit_nofile = 77',
);
for (const [name, line] of Object.entries({
  status: 'exec cat /proc/self/status',
  environment: 'exec cat /proc/self/environ',
  stranger: 'exec true',
  limits: 'ulimit -Sn; exec cat /proc/self/status /proc/self/timerslack_ns',
  descriptors: 'exec ls /proc/self/fd',
  exit: 'exit "$1"',
  term: 'kill -TERM $$',
  input: 'exec cat',
})) {
  script(join(it.bin, name), line);
}

/** A test of each way in which a plan is carried out. */
function inEveryWay(
  title: string,
  body: (run: (words: readonly string[], options?: WayOptions) => Outcome) => void,
): void {
  for (const way of WAYS) {
    testWith(['root'], `${way}: ${title}`, () => {
      body((words, options) => carriedOut(way, it.config, words, options));
    });
  }
}

inEveryWay(
  'a command has the uid, gid and groups of its filter’s user, and no capability',
  (run) => {
    const { stdout, stderr } = run(['status']);
    for (const line of [
      `Uid:\t${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`,
      `Gid:\t${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`,
      `Groups:\t${NOBODY} `,
      'CapPrm:\t0000000000000000',
      'CapEff:\t0000000000000000',
      'CapInh:\t0000000000000000',
      'CapAmb:\t0000000000000000',
    ]) {
      assert.ok(stdout.includes(`${line}\n`), `${line} in ${stdout}${stderr}`);
    }
  },
);

inEveryWay('an unknown user is an error and nothing runs', (run) => {
  const { status, stdout, stderr } = run(['stranger']);
  assert.is(status, 97);
  assert.is(stdout, '');
  assert.match(stderr, /unknown user: nobody-of-this-name/);
});

inEveryWay('a variable that steers programs does not reach the command', (run) => {
  const env = { PATH: SAFE_PATH, BASH_ENV: '/tmp/x', PYTHONPATH: '/tmp', IFS: 'x', TERM: 'xterm' };
  const entries = run(['environment'], { env }).stdout.split('\0');
  assert.ok(entries.includes('TERM=xterm'), entries.join(' '));
  for (const name of ['BASH_ENV', 'PYTHONPATH', 'IFS']) {
    assert.not.ok(
      entries.some((entry) => entry.startsWith(`${name}=`)),
      name,
    );
  }
});

inEveryWay('an EnvFilter’s variable arrives', (run) => {
  const entries = run(['env', 'COLOUR=red', 'environment']).stdout.split('\0');
  assert.ok(entries.includes('COLOUR=red'), entries.join(' '));
});

inEveryWay('limits, signals and timer slack are those of rootwrap.conf and the kernel', (run) => {
  const { stdout } = run(['limits']);
  const lines = stdout.split('\n');
  assert.is(lines[0], '77');
  for (const kind of ['SigBlk', 'SigIgn', 'SigCgt']) {
    assert.ok(lines.includes(`${kind}:\t0000000000000000`), `${kind} in ${stdout}`);
  }
  assert.is(lines.at(-2), '50000');
});

inEveryWay('a command has the descriptors 0, 1 and 2 and no other', (run) => {
  assert.equal(run(['descriptors']).stdout.trim().split('\n'), ['0', '1', '2', '3']); // 3 is of ls
});

inEveryWay(
  'a path below a directory of the caller’s is read, a link out of it is refused',
  (run) => {
    const images = join(it.directory, 'images');
    rmSync(images, { recursive: true, force: true });
    mkdirSync(images);
    chownSync(images, NOBODY, NOBODY);
    writeFileSync(join(images, 'disk'), 'the disk');
    symlinkSync('/etc/shadow', join(images, 'link'));
    assert.is(run(['cat', join(images, 'disk')]).stdout, 'the disk');
    assert.is(run(['cat', join(images, 'link')]).status, 99);
  },
);

inEveryWay('exit codes and signals are the command’s; refusals are 99 and 96', (run) => {
  for (const code of [0, 7, 255]) assert.is(run(['exit', String(code)]).status, code);
  const { status, signal } = run(['term']);
  assert.equal([status, signal], [null, 'SIGTERM']);
  assert.is(run(['exit', 'x']).status, 99);
  assert.is(run(['program']).status, 96);
  assert.is(run(['shutdown']).status, 99);
});

inEveryWay('standard input arrives as it is, and ends', (run) => {
  const input = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
  assert.is(run(['input'], { input: input.repeat(2000) }).stdout, input.repeat(2000));
});

test.run();
