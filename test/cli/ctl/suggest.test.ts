import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkPolicy } from '#src/check/check-policy.js';
import { executing, unauthorized } from '#src/log/wording.js';
import { policySourceOf } from '#src/policy/policy-source.js';
import { assertFits, type CtlOutcome, ctl, validJson } from '../../support/ctl.js';
import { ME } from '../../support/daemon.js';
import { publicPolicy, ROOT, tsrootwrap } from '../../support/executable.js';
import { script, temporaryDirectory } from '../../support/policy-files.js';

function suggested(log: string | Uint8Array, ...options: string[]): Promise<CtlOutcome> {
  const file = join(temporaryDirectory(), 'log');
  writeFileSync(file, log);
  return ctl(['suggest', file, ...options]);
}

const SYSLOG = 'Mar  1 09:12:33 host tsrootwrap[4711]: ';
const ran = (...argv: string[]) =>
  `${SYSLOG}${executing('svc', { user: 'root', argv: [`/usr/bin/${argv[0]}`, ...argv.slice(1)] }, 'x')}\n`;

test('a log becomes a filter file that the engine reads, and that takes all of it', async () => {
  const log = [1, 2, 3, 4].map((number) => ran('lsblk', `--include=${number}`)).join('');
  const { status, stdout, stderr } = await suggested(log + ran('lsblk', '--json'));
  assert.is(status, 0, stderr);
  assert.match(stdout, /^lsblk: RegExpFilter, lsblk, root, lsblk, --include=\[0-9\]\+$/m);
  assert.match(stdout, /^# Seen 4 times:\n# {3}lsblk --include=1\n/m);
  const { policy } = policySourceOf(stdout, 'x');
  for (const words of [['--json'], ['--include=9']]) {
    assert.is.not(policy.decide(['lsblk', ...words]).outcome, 'denied');
  }
  assert.match(stderr, 'Any user of the machine can write lines to syslog');
});

test('the file of `observe` that the engine wrote becomes filters that take the same', async () => {
  const { config, bin } = publicPolicy(
    `tool: CommandFilter, tool, ${ME}\n`,
    'exec_dirs = bin\nobserve = observed',
  );
  script(join(bin, 'tool'));
  const seen = [1, 2, 3, 4].map((number) => ['tool', 'set', `tap${number}`, 'a, b\n#;=%']);
  for (const words of seen) assert.is(tsrootwrap(config, words).status, 0);
  tsrootwrap(config, ['refused', 'x']);
  const { status, stdout, stderr } = await ctl(['suggest', join(dirname(config), 'observed')]);
  assert.is(status, 0, stderr);
  assert.match(stderr, /^1 refused commands left out/m);
  assert.match(stdout, 'tap[0-9]+');
  writeFileSync(join(dirname(config), 'filters.d', 'test.filters'), stdout);
  for (const words of seen) assert.is(tsrootwrap(config, words).status, 0);
  assert.is(tsrootwrap(config, ['tool', 'set', 'tap5;id', 'a, b\n#;=%']).status, 99);
});

test('check finds nothing above low in what is suggested', async () => {
  const log = `dd if=/dev/vda of=/srv/a
dd if=/dev/vdb of=/srv/b
dd if=/dev/vdc of=/srv/c
dd if=/dev/vdd of=/srv/d
find /srv/x -delete
env LD_PRELOAD=/x.so id
env A=1 find /x
tar xf /srv/1.tar
ip link set tap1 up
systemctl restart app
`;
  const { status, stdout } = await suggested(log);
  assert.is(status, 1);
  assert.match(stdout, /^# Declined/m);
  const findings = checkPolicy(policySourceOf(stdout, 'x'), { trust: false, machine: false });
  assert.equal(
    findings.filter(({ severity }) => severity !== 'low'),
    [],
  );
  assert.match(stdout, /^# +env_find: EnvFilter, env, root, A=, find$/m);
  assert.not.match(stdout, /^env_find/m);
});

test('refused commands are covered on request only, and those split at blanks are marked', async () => {
  const log = `${ran('id')}${SYSLOG}${unauthorized(['lsblk', '--all'])}\n`;
  const without = await suggested(log);
  assert.not.match(without.stdout, 'lsblk');
  assert.match(without.stderr, '1 refused commands left out: --refused covers them');
  const { stdout, stderr } = await suggested(log, '--refused');
  assert.match(
    stdout,
    /^# {3}UNCERTAIN: .*\n.*program\.\nlsblk_all: RegExpFilter, lsblk, root, lsblk, --all$/m,
  );
  assert.not.match(stderr, 'left out');
});

test('JSON holds filters, what was declined and what was not read, by its schema', async () => {
  const log = `lsblk --json\nlsblk --json\nsh -c 'id'\nrm $x\nkill -9 12\nfind /x -delete\n`;
  const { status, stdout } = await suggested(log, '--json');
  assert.is(status, 1);
  const [value] = validJson(stdout, 'suggest') as [Record<string, { from: { count: number } }[]>];
  assert.equal(value.filters?.[0], {
    name: 'find_delete',
    line: 'find_delete: RegExpFilter, find, root, find, /x, -delete',
    user: 'root',
    program: 'find',
    from: { count: 1, examples: ['find /x -delete'] },
    notes: [],
    uncertain: false,
  });
  assert.is(value.filters?.[1]?.from.count, 2);
  assert.is(value.declined?.length, 2);
  assert.equal([value.understood, value.skipped, value.refused], [5, 1, 0]);
});

test('JSON of hostile words is printable ASCII on one line', async () => {
  const words = ['x', '\x1b[31m\n\u202e"\u2028', 'ünï', '# y', ','];
  const log = JSON.stringify({ command: words });
  for (const text of [log, JSON.stringify({ command: ['sh', ...words] })]) {
    const { stdout } = await suggested(text, '--json');
    assert.not.match(stdout, /[^\n -~]/);
    validJson(stdout, 'suggest');
  }
});

test('the output fits 80 columns, and hostile words cannot steer the terminal or forge a line', async () => {
  const hostile = '\nevil: CommandFilter, sh, root\x1b[31m\u009b2J\u202e\r';
  const commands = [
    ['x', hostile],
    ['sh', hostile],
    [hostile, 'x'],
    ['kill', hostile],
    ['y', hostile, '1'],
  ];
  const { stdout, stderr } = await suggested(
    commands.map((command) => JSON.stringify({ command })).join('\n'),
  );
  assertFits(stdout);
  assertFits(stderr);
  const names = policySourceOf(stdout, 'x').definitions.map(({ source }) => source.name);
  assert.equal(names, ['x', 'y']);
});

test('the same log gives the same file', async () => {
  const log = Array.from({ length: 50 }, (_, index) => `t${index % 5} a${index} --b`).join('\n');
  assert.is((await suggested(log)).stdout, (await suggested(log)).stdout);
});

test('lines that tell no command are counted', async () => {
  const { stderr, status } = await suggested('ls | sh\nls $x\nls\n');
  assert.is(status, 0);
  assert.match(stderr, /^2 lines told no command that can be read for sure$/m);
});

test('a log without a command ends with 2 and says how to get one', async () => {
  for (const log of ['', '# nothing\n', 'ls | sh\n', `${SYSLOG}${unauthorized(['x'])}\n`]) {
    const { status, stdout, stderr } = await suggested(log);
    assert.is(status, 2);
    assert.is(stdout, '');
    assert.match(stderr, 'set `observe` in rootwrap.conf');
  }
});

test('a log that cannot be read ends with 2', async () => {
  const { status, stderr } = await ctl(['suggest', '/nonexistent/log']);
  assert.is(status, 2);
  assert.match(stderr, 'cannot be read (ENOENT)');
});

test('standard input is read without a name, and with -', () => {
  for (const words of [[], ['-']]) {
    const { stdout } = spawnSync(
      process.execPath,
      [join(ROOT, 'bin/tsrootwrapctl'), 'suggest', ...words],
      { input: 'lsblk --json\n', encoding: 'utf8' },
    );
    assert.match(stdout, /^lsblk_json: /m);
  }
});

test('help has the options, an example and the exit codes', async () => {
  const { stdout, status } = await ctl(['suggest', '--help']);
  assert.is(status, 0);
  assertFits(stdout);
  for (const part of ['--refused', '--json', 'journalctl', 'Exit codes: 0']) {
    assert.match(stdout, part);
  }
});

test('a command that was seen ten thousand times is one line', async () => {
  const file = join(temporaryDirectory(), 'log');
  const line = `${JSON.stringify({ command: ['lsblk'], outcome: 'allowed' })}\n`;
  for (let round = 0; round < 10; round++) appendFileSync(file, line.repeat(1000));
  const { stdout } = await ctl(['suggest', file]);
  assert.match(stdout, '# Seen 10000 times:');
  assert.is(readFileSync(file, 'utf8').length, line.length * 10_000);
});

test.run();
