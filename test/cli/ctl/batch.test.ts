import { spawn } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFits, ctl, type Screen, validJson } from '../../support/ctl.js';
import { ME } from '../../support/daemon.js';
import { until } from '../../support/patience.js';
import { policyFiles, script, temporaryDirectory } from '../../support/policy-files.js';

const { config, bin } = policyFiles(`
sh: CommandFilter, /bin/sh, ${ME}
say: CommandFilter, say, ${ME}
count: RegExpFilter, count, ${ME}, count, [0-9]+
set: EnvFilter, env, ${ME}, COLOUR=, colour
gone: CommandFilter, gone, ${ME}
stranger: CommandFilter, stranger, no-such-user
`);
script(join(bin, 'say'), 'for word; do printf "[%s]" "$word"; done; echo');
script(join(bin, 'colour'), 'echo "$COLOUR"');
for (const name of ['count', 'stranger']) script(join(bin, name));

function file(lines: readonly (string | Uint8Array)[]): string {
  const path = join(temporaryDirectory(), 'jobs');
  writeFileSync(
    path,
    Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])),
  );
  return path;
}

const batch = (
  lines: readonly (string | Uint8Array)[],
  options: readonly string[] = [],
  screen: Screen = {},
) => ctl(['batch', config, file(lines), ...options], screen);

function programOf(pid = 0): string {
  return readlinkSync(`/proc/${pid}/exe`);
}

interface Report {
  readonly line: number;
  readonly outcome: string;
  readonly command?: readonly string[];
  readonly [name: string]: unknown;
}

async function json(lines: readonly (string | Uint8Array)[], ...options: string[]) {
  const { status, stdout, stderr } = await batch(lines, ['--json', ...options]);
  assert.not.match(stdout, /(?!\n)[\p{Cc}\p{Cf}]/u, 'something that steers a terminal');
  return { status, stderr, reports: validJson(stdout, 'batch') as Report[] };
}

const outcomes = (reports: readonly Report[]) =>
  reports.map(({ line, outcome }) => `${line} ${outcome}`);

test('commands run in their order, and their output is passed on', async () => {
  const { status, stdout, stderr } = await batch([
    '# what to say',
    "say one 'two  words' ''",
    '',
    'COLOUR=red colour',
    "sh -c 'echo out; echo err >&2'",
  ]);
  assert.is(status, 0);
  assert.is(stdout, '[one][two  words][]\nred\nout\n');
  assert.match(stderr, /^err\ntsrootwrapctl: 3 ran, 0 failed, 0 refused; \d+\.\d seconds\n$/);
});

test('an empty batch starts nothing and ends with 0', async () => {
  const { status, stdout, stderr } = await batch(['# nothing']);
  assert.is(status, 0);
  assert.is(stdout, '');
  assert.match(stderr, /0 ran/);
});

test('while one line is refused nothing runs, and each is told with its line and nearest miss', async () => {
  const { status, stdout, stderr } = await batch([
    'say x',
    'count 1x',
    'rm -rf /',
    'gone',
    'say | x',
  ]);
  assert.is(status, 99);
  assert.is(stdout, '');
  const text = stderr.replace(/\n +/g, ' ');
  assert.match(
    text,
    /jobs:2: denied: \['count', '1x'\] .*test\.filters:5: count: '1x' does not match/,
  );
  assert.match(text, /jobs:3: denied: \['rm', '-rf', '\/'\] no filter is about rm/);
  assert.match(text, /jobs:4: not-executable: \['gone'\] gone is not there: install it/);
  assert.match(text, /jobs:5: unreadable: say \| x column 5: `\|` is an operator/);
  assert.match(text, /Nothing ran: mend these lines, or run the others with --keep-going\./);
  assert.match(text, /0 ran, 0 failed, 4 refused, 1 not run;/);
});

test('the exit status is the worst of what was refused', async () => {
  assert.is((await batch(['say x', 'say | x'])).status, 2);
  assert.is((await batch(['say | x', 'gone'])).status, 96);
  assert.is((await batch(['rm', 'gone', 'say "'])).status, 99);
});

test('--keep-going runs what is allowed, and the worst still counts', async () => {
  const lines = ['say 1', 'rm', 'gone', 'say >x', "sh -c 'exit 3'", 'say 2'];
  const { status, reports } = await json(lines, '--keep-going');
  assert.is(status, 99);
  assert.equal(outcomes(reports), [
    '2 denied',
    '3 not-executable',
    '4 unreadable',
    '1 ran',
    '5 ran',
    '6 ran',
  ]);
  assert.is(
    (await batch(["sh -c 'exit 3'", "sh -c 'exit 130'", 'say 2'], ['--keep-going'])).status,
    130,
  );
});

test('the first command that fails stops the batch, and the rest is told as not run', async () => {
  const { status, reports } = await json(['say 1', "sh -c 'exit 3'", 'say 2', 'say 3']);
  assert.is(status, 3);
  assert.equal(outcomes(reports), ['1 ran', '2 ran', '3 not-run', '4 not-run']);
  const plain = await batch(['say 1', "sh -c 'exit 3'", 'say 2']);
  assert.is(plain.stdout, '[1]\n');
  assert.match(plain.stderr, /jobs:2: exit code 3: \['sh', '-c', 'exit 3'\]\n/);
  assert.match(plain.stderr, /2 ran, 1 failed, 0 refused, 1 not run/);
});

test('a command that a signal kills counts as 128 and its number', async () => {
  const { status, reports } = await json(["sh -c 'kill -9 $$'"]);
  assert.is(status, 137);
  assert.is(reports[0]?.signal, 'SIGKILL');
  assert.not.ok('exitCode' in (reports[0] ?? {}));
});

test('a command that cannot be started counts as 126', async () => {
  const { status, reports, stderr } = await json(['stranger', 'say 1']);
  assert.is(status, 126);
  assert.equal(outcomes(reports), ['1 not-started', '2 not-run']);
  assert.match(String(reports[0]?.reason), /no-such-user/);
  assert.match(stderr, /0 ran, 0 failed, 0 refused, 1 not started, 1 not run/);
});

test('JSON holds words, exit code, times and output exactly', async () => {
  const words = ['say', ' two\twords ', "it's", '', '0x10', '--json', '\x1b[31m\u202e'];
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { reports, status } = await json([line, "sh -c 'echo out; printf err >&2'"]);
  assert.is(status, 0);
  const [said, both] = reports;
  assert.equal(said?.command, words);
  assert.is(
    said?.stdout,
    `${words
      .slice(1)
      .map((word) => `[${word}]`)
      .join('')}\n`,
  );
  const { start, seconds, ...rest } = both as Report;
  assert.ok(Math.abs(Date.parse(String(start)) - Date.now()) < 3_600_000);
  assert.type(seconds, 'number');
  assert.equal(rest, {
    line: 2,
    outcome: 'ran',
    command: ['sh', '-c', 'echo out; printf err >&2'],
    user: ME,
    exitCode: 0,
    interrupted: false,
    truncated: false,
    heldOpen: false,
    encoding: 'utf8',
    stdout: 'out\n',
    stderr: 'err',
  });
});

test('output that is not UTF-8 is base64 in JSON, and passed on unchanged without', async () => {
  const { reports } = await json(['sh -c \'printf "a\\377"; echo b >&2\'']);
  assert.is(reports[0]?.encoding, 'base64');
  assert.equal(Buffer.from(String(reports[0]?.stdout), 'base64'), Buffer.from('a\xff', 'latin1'));
  assert.is(Buffer.from(String(reports[0]?.stderr), 'base64').toString(), 'b\n');
});

test('--dry-run says what would run and runs nothing', async () => {
  const witness = join(temporaryDirectory(), 'witness');
  const { status, stdout, stderr } = await batch(
    [`sh -c 'echo >${witness}'`, 'COLOUR=red colour', 'say x'],
    ['--dry-run'],
  );
  assert.is(status, 0);
  const text = stdout.replace(/\n +/g, ' ');
  assert.match(text, new RegExp(`jobs:1: runs \\['/bin/sh', '-c', .*\\] as ${ME}\n`));
  assert.match(text, /jobs:2: runs \['\S+\/bin\/colour'\] as \S+ with \['COLOUR=red'\]\n/);
  assert.match(stderr, /0 ran, 0 failed, 0 refused, 3 allowed/);
  assert.throws(() => writeFileSync(witness, '', { flag: 'r' }), /ENOENT/);
  const refused = await json(['say x', 'rm'], '--dry-run');
  assert.is(refused.status, 99);
  assert.equal(outcomes(refused.reports), ['2 denied', '1 allowed']);
});

test('--jobs runs commands side by side, and each is told as it ends', async () => {
  const directory = temporaryDirectory();
  const meet = (mine: string, other: string) =>
    `sh -c 'echo >${directory}/${mine}; until test -e ${directory}/${other}; do :; done; echo ${mine}'`;
  const { status, reports } = await json([meet('a', 'b'), meet('b', 'a')], '--jobs', '2');
  assert.is(status, 0);
  assert.equal(reports.map(({ line }) => line).sort(), [1, 2]);
});

test('what a command writes beyond daemon_max_output ends it, and that is told', async () => {
  const small = policyFiles(`sh: CommandFilter, /bin/sh, ${ME}`, 'daemon_max_output = 1000');
  const lines = file(["sh -c 'while echo 0123456789; do :; done'"]);
  const { status, stdout } = await ctl(['batch', small.config, lines, '--json']);
  const [report] = validJson(stdout, 'batch') as Report[];
  assert.ok(status !== 0);
  assert.is(report?.truncated, true);
  const unmoved = file(['sh -c \'trap "exit 0" TERM; while echo 0123456789; do :; done\'']);
  assert.is((await ctl(['batch', small.config, unmoved])).status, 1);
  const plain = await ctl(['batch', small.config, lines]);
  assert.match(
    plain.stderr.replace(/\n +/g, ' '),
    /ended since it wrote more than daemon_max_output/,
  );
});

test('a process that a command leaves behind is left alone, and does not hold up the batch', async () => {
  const { status, reports } = await json(["sh -c 'sleep 1000 & echo $!'", 'say 1']);
  process.kill(Number(reports[0]?.stdout), 'SIGKILL'); // throws when there is none
  assert.is(status, 0);
  assert.equal(
    reports.map(({ heldOpen }) => heldOpen),
    [true, false],
  );
});

test('the daemon decides again when its turn comes', async () => {
  const { config } = policyFiles(`
kill: KillFilter, ${ME}, /usr/bin/sleep, -9
sh: CommandFilter, /bin/sh, ${ME}
`);
  const sleeper = spawn('/usr/bin/sleep', ['1000']);
  try {
    await until('sleep', () => programOf(sleeper.pid) === '/usr/bin/sleep');
    const kill = `kill -9 ${sleeper.pid}`;
    const dry = await ctl(['batch', config, file([kill]), '--dry-run']);
    assert.match(dry.stdout, /sends signal 9 to process \d+/);
    // a signal is sent, and not waited for
    const wait = `sh -c 'while readlink /proc/${sleeper.pid}/exe; do sleep 0.01; done'`;
    const lines = file([kill, wait, kill]);
    const { status, stdout } = await ctl(['batch', config, lines, '--json']);
    const reports = validJson(stdout, 'batch') as Report[];
    assert.equal(outcomes(reports), ['1 ran', '2 ran', '3 denied']);
    assert.ok(reports.every(({ user }) => user === ME));
    assert.is(status, 99);
  } finally {
    sleeper.kill('SIGKILL');
  }
});

test('a wrong option, a file that is not there and a broken configuration are told', async () => {
  for (const jobs of ['0', '-1', '1.5', 'x', '129']) {
    const { status, stderr } = await batch(['say'], ['--jobs', jobs]);
    assert.is(status, 2);
    assert.match(stderr, /--jobs must be a whole number from 1 to 128/);
  }
  const missing = await ctl(['batch', config, '/nonexistent/jobs']);
  assert.is(missing.status, 2);
  assert.match(missing.stderr, /\/nonexistent\/jobs: cannot be read \(ENOENT\)/);
  assert.is((await ctl(['batch', config, bin])).status, 2);
  const endless = await ctl(['batch', config, '/dev/zero']);
  assert.is(endless.status, 2);
  assert.match(endless.stderr, /more than 16777216 bytes: split it/);
  assert.is((await ctl(['batch', '/nonexistent', file(['say'])])).status, 97);
});

const FORGED = "'x\x1b[31m\u202e'";

test('hostile lines, words and reasons cannot forge lines or colours', async () => {
  for (const options of [
    [],
    ['--dry-run'],
    ['--keep-going'],
    ['--json'],
    ['--json', '--dry-run'],
  ]) {
    const { stdout, stderr } = await batch(
      [
        `count ${FORGED}`,
        `${FORGED}`,
        `say ${FORGED} |`,
        `say \x1b]0;title\x07 \r${'y'.repeat(3000)}`,
        Buffer.from([0x1b, 0x5b, 0xff, 0x9b]),
        ...(options.includes('--dry-run') ? [`say ${FORGED} ${'z'.repeat(3000)}`] : []),
      ],
      options,
    );
    if (!options.includes('--json')) assertFits(stdout);
    assert.not.match(stdout.replaceAll('\ufffd', '?'), /[^\n -~]/);
    assertFits(stderr.replaceAll('\ufffd', '?'));
  }
});

test('on a terminal the output of commands cannot steer it', async () => {
  const forging = 'sh -c \'printf "a\\tb\\033[31m\\r\\nc"; printf "\\033]0;x\\a" >&2\'';
  const { stdout, stderr } = await batch([forging], [], { columns: 80 });
  assert.is(stdout, 'a\tb\\x1b[31m\\x0d\nc\n');
  assert.match(stderr, /\\x1b\]0;x\\x07\n/);
  assert.not.match(stderr.replaceAll('\r\x1b[K', ''), /[^\n -~]/);
  assert.is((await batch([forging])).stdout, 'a\tb\x1b[31m\r\nc');
});

test('progress is shown to who watches, and taken away', async () => {
  const { stderr } = await batch(['say 1', "sh -c 'exit 1'"], [], { columns: 80 });
  assert.match(stderr, /^\r\x1b\[K1 of 2: \['say', '1'\]\r\x1b\[K/);
  assert.match(stderr, /\r\x1b\[Ktsrootwrapctl: 2 ran/);
});

test.run();
