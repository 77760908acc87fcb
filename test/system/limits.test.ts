import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  executable,
  publicPolicy,
  run,
  SAFE_PATH,
  throughShell,
  tsrootwrap,
} from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** Soft and hard limit of open files that the command has. */
function limits(configured: string, line: string): string {
  const { config, bin } = publicPolicy(
    'show: CommandFilter, show, root',
    `exec_dirs = bin\n${configured}`,
  );
  script(join(bin, 'show'), 'echo $(ulimit -Sn) $(ulimit -Hn)');
  return throughShell(line, config, ['show']).stdout.trim();
}

const at4000 = 'ulimit -Sn 2000; ulimit -Hn 4000; ';

test('the soft limit of open files is lowered to rlimit_nofile, the hard one is left', () => {
  assert.is(limits('rlimit_nofile = 100', `${at4000}exec "$@"`), '100 4000');
});

test('without rlimit_nofile the soft limit is 1024', () => {
  assert.is(limits('', `${at4000}exec "$@"`), '1024 4000');
});

test('a caller’s lower soft limit is not raised', () => {
  assert.is(limits('', 'ulimit -Sn 200; ulimit -Hn 4000; exec "$@"'), '200 4000');
});

test('a hard limit below rlimit_nofile is kept', () => {
  assert.is(limits('', 'ulimit -Sn 300; ulimit -Hn 300; exec "$@"'), '300 300');
});

/** Limits of which Node can do with no less; the soft one alone, since raising the other takes a capability. */
for (const [what, option, value] of [
  ['address space', 'v', '262144'],
  ['data', 'd', '65536'],
  ['stack', 's', '128'],
  ['size of files', 'f', '0'],
  ['processor time', 't', '77'],
  ['open files', 'n', '16'],
] as const) {
  test(`with a low soft limit of ${what} it runs, and the command has that limit`, () => {
    const { config, bin } = publicPolicy('show: CommandFilter, show, root', 'exec_dirs = bin');
    script(join(bin, 'show'), `echo $(ulimit -S${option}) $(ulimit -H${option})`);
    const { stdout, stderr, status } = throughShell(
      `before=$(ulimit -H${option}); ulimit -S${option} ${value}; echo $before; exec "$@"`,
      config,
      ['show'],
    );
    const [hard, found] = stdout.trim().split('\n');
    assert.equal([status, found], [0, `${value} ${hard}`], stderr);
  });
}

/** Where Node would hang or be killed: behind a hard limit that cannot be raised without the capability. */
for (const [limit, bytes] of [
  ['as', 100_000_000],
  ['data', 1_000_000],
  ['stack', 32_768],
] as const) {
  testWith(['root'], `a hard limit of ${limit} below what Node needs is told`, () => {
    const { config } = publicPolicy('x: CommandFilter, x, root', 'exec_dirs = bin');
    const words = [`--${limit}=${bytes}:${bytes}`, executable(), config, 'x'];
    const { status, stderr } = run(
      'setpriv',
      ['--bounding-set=-sys_resource', 'prlimit', ...words],
      {
        env: { PATH: SAFE_PATH },
      },
    );
    assert.is(status, 97, stderr);
    assert.match(stderr, `(RLIMIT_${limit.toUpperCase()}) is ${bytes} bytes`);
  });
}

test('a caller that may have no pending signal, and so no timer, is told why it is refused', () => {
  const { config } = publicPolicy('x: CommandFilter, x, root', 'exec_dirs = bin');
  const words = ['--sigpending=0:0', executable(), config, 'bad'];
  const { status, stderr } = run('prlimit', words, { env: { PATH: SAFE_PATH } });
  assert.equal(
    [status, stderr],
    [99, 'tsrootwrap: Unauthorized command: bad (no filter matched)\n'],
  );
});

test('a low soft limit of pending signals is the command’s', () => {
  const { config, bin } = publicPolicy('show: CommandFilter, show, root', 'exec_dirs = bin');
  script(join(bin, 'show'), 'exec prlimit --sigpending --output=SOFT --noheadings');
  const words = ['--sigpending=7:', executable(), config, 'show'];
  const { stdout, stderr } = run('prlimit', words, { env: { PATH: SAFE_PATH } });
  assert.is(stdout.trim(), '7', stderr);
});

test('a caller who allows itself no file is observed all the same', () => {
  const { config, bin, directory } = publicPolicy(
    'x: CommandFilter, x, root',
    'exec_dirs = bin\nobserve = seen',
  );
  script(join(bin, 'x'), 'echo ran');
  assert.is(throughShell('ulimit -Sf 0; exec "$@"', config, ['x']).stdout, 'ran\n');
  assert.match(readFileSync(join(directory, 'seen'), 'utf8'), '"outcome":"allowed"');
});

test('a caller who lies about its soft limit gets no more than rlimit_nofile', () => {
  const lie = `${at4000}TSROOTWRAP_CALLER=0; export TSROOTWRAP_CALLER; exec "$@"`;
  assert.is(limits('rlimit_nofile = 100', lie), '100 4000');
});

test('a command too long for the system is an error with 126', () => {
  // Only what the plan makes longer can go over a limit that the caller has as well.
  const count = 80;
  const { config, bin, directory } = publicPolicy(`x: PathFilter, x, root${', /'.repeat(count)}`);
  script(join(bin, 'x'), `touch ${directory}/ran`);
  let deep = directory;
  while (deep.length < 3500) {
    deep = join(deep, 'd'.repeat(200));
    mkdirSync(deep);
  }
  const words = Array.from({ length: count }, () => 'w');
  const { status, stderr } = throughShell('ulimit -s 1024; exec "$@"', config, ['x', ...words], {
    cwd: deep,
  });
  assert.is(status, 126, stderr);
  assert.match(stderr, /E2BIG/);
  assert.not.ok(existsSync(join(directory, 'ran')));
});

test('a program that cannot be started is an error with 126', () => {
  const { config, bin } = publicPolicy('x: CommandFilter, x, root');
  writeFileSync(join(bin, 'x'), '#!/nonexistent/interpreter\n', { mode: 0o755 });
  const { status, stderr } = tsrootwrap(config, ['x', 'word']);
  assert.is(status, 126);
  assert.match(stderr, /^tsrootwrap: Cannot run .*\/bin\/x word \(filter match = x\): .*ENOENT/);
});

test('twenty thousand arguments arrive', () => {
  const { config, bin } = publicPolicy('count: CommandFilter, count, root');
  script(join(bin, 'count'), 'echo $#');
  const words = Array.from({ length: 20_000 }, (_, index) => `word-${index}`);
  assert.is(tsrootwrap(config, ['count', ...words]).stdout, '20000\n');
});

test.run();
