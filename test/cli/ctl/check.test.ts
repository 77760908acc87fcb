import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KnownFinding } from '#src/check/baseline.js';
import { checkPolicy } from '#src/check/check-policy.js';
import type { Finding, Severity } from '#src/check/finding.js';
import type { IdentifiedFinding } from '#src/check/fingerprint.js';
import type { Report } from '#src/check/report.js';
import { RULES } from '#src/check/rule-table.js';
import { statusFor } from '#src/cli/ctl/check.js';
import { printReport } from '#src/cli/ctl/check-text.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { Terminal } from '#src/terminal/terminal.js';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { policyFiles, temporaryDirectory } from '../../support/policy-files.js';
import { testWith } from '../../support/requirements.js';

const WILD = '../shared/filters-in-the-wild';

const CLEAN = 'hostname: ReadFileFilter, /etc/hostname';
/** Two lines at which the engine would stop. */
const BROKEN = 'short: KillFilter, root\nread: ReadFileFilter';

interface Json {
  readonly findings: readonly (Finding & { fingerprint: string })[];
  readonly counts: Record<Severity, number>;
  readonly baseline: { readonly known: number; readonly gone: readonly KnownFinding[] };
  readonly refused: boolean;
}

async function json(...words: string[]): Promise<Json & { status: number }> {
  const { status, stdout } = await ctl(['check', ...words, '--json', '--checkout']);
  assert.is(stdout.split('\n').length, 2);
  return { ...(validJson(stdout, 'check')[0] as Json), status };
}

function finding(change: Partial<IdentifiedFinding> = {}): IdentifiedFinding {
  return {
    rule: 'engine-refuses',
    severity: 'high',
    file: '/etc/app/net.filters',
    line: 12,
    filter: 'tee',
    problem: 'takes any file',
    fingerprint: 'a'.repeat(32),
    place: 'net.filters',
    ...change,
  };
}

function printed(change: Partial<Report>, columns?: number): string {
  let stdout = '';
  const tty = columns === undefined ? {} : { isTTY: true, columns };
  const terminal = new Terminal({ ...tty, write: (text) => (stdout += text) }, process.stderr, {});
  const report = { findings: [], known: 0, gone: [], files: 2, filters: 1, refusal: undefined };
  printReport({ ...report, ...change }, terminal);
  return stdout;
}

test('a finding is told with place, severity, name, attacker, example and the line to write', () => {
  const stdout = printed({
    findings: [
      finding({
        gets: 'writes to any file as root',
        example: ['tee', '/etc/cron.d/a b'],
        instead: 'tee: RegExpFilter, tee, root, tee, /run/app/pid',
        isLine: true,
      }),
      finding({ severity: 'low', line: 0, instead: 'leave it out' }),
    ],
    known: 3,
  });
  assert.is(
    stdout,
    `/etc/app/net.filters:12: high: tee: takes any file
  an attacker writes to any file as root
  for example: tee '/etc/cron.d/a b'
  write instead:
tee: RegExpFilter, tee, root, tee, /run/app/pid

/etc/app/net.filters: low: tee: takes any file
  instead: leave it out

1 high, 0 medium, 1 low in 1 filter of 2 files; 3 known by the baseline.
What they mean: tsrootwrapctl(8). Which of them count for the exit code:
--fail-on. Keep old ones apart: --write-baseline.
`,
  );
});

test('everything fits 80 columns but the lines to be pasted, which are whole and not indented', () => {
  const line = `tee: RegExpFilter, tee, root, tee, ${'/run/app/[a-z]+'.repeat(20)}`;
  const long = 'takes any file '.repeat(20).trim();
  const stdout = printed({
    findings: [
      finding({ problem: long, gets: long, example: ['tee', long], instead: long }),
      finding({ file: `/${'x'.repeat(200)}`, instead: `# ${long}\n${line}`, isLine: true }),
    ],
    gone: [{ fingerprint: 'b'.repeat(32), count: 2, rule: 'r', file: long, filter: long }],
  });
  assert.match(stdout, `\n${line}\n`);
  assert.match(stdout, `\n# ${long}\n`);
  assertFits(stdout.replace(line, '').replace(`# ${long}`, ''));
});

test('hostile names, words and advice forge neither lines nor colours', () => {
  const hostile = 'x\n/etc/y:1: high: forged\x1b[31m\u009b2J\u202e';
  const fields = { file: hostile, filter: hostile, problem: hostile, gets: hostile };
  const entry = { fingerprint: 'b'.repeat(32), count: 1, rule: hostile, file: hostile };
  for (const isLine of [true, false]) {
    const stdout = printed({
      findings: [finding({ ...fields, example: [hostile], instead: hostile, isLine })],
      gone: [{ ...entry, filter: hostile }],
    });
    assertFits(stdout);
    assert.not.match(stdout, /^\/etc\/y:1/m);
  }
});

test('advice that does not look like lines of a filter file is not printed as such', () => {
  for (const instead of [
    'tee: CommandFilter, tee, root\n/etc/y:1: high: forged: problem',
    'tee: CommandFilter, tee, root\n  an attacker gets nothing',
    'tee: CommandFilter, tee, root\n',
    '0 high, 0 medium, 0 low in 9 filters of 9 files.',
    'Nothing found in 9 filters of 9 files.',
  ]) {
    const stdout = printed({ findings: [finding({ instead, isLine: true })] });
    assert.match(stdout, /^ {2}instead: /m);
    assert.not.match(stdout, /^write instead/m);
    assert.not.match(stdout, /^(?:\/etc\/y|0 high|Nothing)/m);
  }
});

test('severities have colours on a terminal and nowhere else', () => {
  const findings = [finding(), finding({ severity: 'medium' }), finding({ severity: 'low' })];
  const coloured = printed({ findings }, 80);
  for (const part of ['\x1b[31mhigh', '\x1b[33mmedium', '\x1b[36mlow']) {
    assert.ok(coloured.includes(part), part);
  }
  assert.not.match(printed({ findings }), /\x1b/);
});

test('a path is told from the working directory where that is shorter', () => {
  const here = join(process.cwd(), 'etc/net.filters');
  assert.match(printed({ findings: [finding({ file: here })] }), /^etc\/net\.filters:12: /);
  assert.match(printed({ findings: [finding({ file: '/x' })] }), /^\/x:12: /);
});

test('nothing found is told with how much was read', async () => {
  const { config } = policyFiles(CLEAN, 'privsep_helper = false');
  const { status, stdout } = await ctl(['check', config, '--checkout']);
  assert.is(status, 0);
  assert.is(stdout, 'Nothing found in 1 filter of 2 files.\n');
});

test('findings come by file and line, the worst of a line first, and each once', () => {
  const { config, directory } = policyFiles(CLEAN);
  const source = readPolicySource(config);
  const filters = join(directory, 'filters.d/test.filters');
  const at = (file: string, line: number, severity: Severity, rule = 'r'): Finding => ({
    rule,
    severity,
    file,
    line,
    problem: 'p',
  });
  const sorted = [
    at(config, 9, 'low'),
    at(filters, 1, 'low'),
    at(filters, 2, 'high', 'a'),
    at(filters, 2, 'high', 'b'),
    at(filters, 2, 'medium', '0'),
    at('/a', 1, 'high'),
    at('/b', 1, 'high'),
  ];
  const options = { trust: false, machine: false };
  const milder = at(filters, 2, 'low', 'a');
  const checks = [() => [milder, ...sorted].reverse(), () => sorted];
  assert.equal(checkPolicy(source, options, checks), sorted);
});

test('each check is told whether the machine counts, and whom to look up', () => {
  const { config } = policyFiles(CLEAN);
  const options = { trust: true, machine: false, user: 'svc' };
  checkPolicy(readPolicySource(config), options, [
    (_source, given) => {
      assert.equal(given, options);
      return [];
    },
  ]);
});

test('a program that gives root away is found, and fails the check unless told otherwise', async () => {
  const { config } = policyFiles('shell: CommandFilter, sh, root', 'privsep_helper = no');
  const { status, stdout } = await ctl(['check', config, '--checkout']);
  assert.is(status, 1);
  assert.match(stdout, /test\.filters:2: high: shell: /);
  assert.match(stdout, /^ {2}an attacker /m);
  assert.match(stdout, /^ {2}for example: /m);
  assert.is((await ctl(['check', config, '--checkout', '--fail-on', 'never'])).status, 0);
});

test('--fail-on decides from which severity on the exit code is 1', () => {
  const status = (severity: Severity, failOn: Severity | 'never') =>
    statusFor(
      {
        findings: [finding({ severity })],
        known: 0,
        gone: [],
        files: 1,
        filters: 1,
        refusal: undefined,
      },
      failOn,
    );
  for (const [severity, level, expected] of [
    ['high', 'high', 1],
    ['high', 'low', 1],
    ['high', 'never', 0],
    ['medium', 'high', 0],
    ['medium', 'medium', 1],
    ['low', 'medium', 0],
    ['low', 'low', 1],
    ['low', 'never', 0],
  ] as const) {
    assert.is(status(severity, level), expected, `${severity} ${level}`);
  }
});

test('what the engine would refuse ends with 97, whatever --fail-on says, and all of it is told', async () => {
  const { config } = policyFiles(BROKEN);
  for (const level of ['high', 'never']) {
    const { status, stdout, stderr } = await ctl([
      'check',
      config,
      '--checkout',
      '--fail-on',
      level,
    ]);
    assert.is(status, 97);
    assert.match(stdout, /test\.filters:2: high: /);
    assert.match(stdout, /test\.filters:3: high: /);
    assert.match(stderr, /the engine would refuse this policy/);
    assertFits(stdout);
  }
  const { refused, counts } = await json(config);
  assert.is(refused, true);
  assert.ok(counts.high >= 2);
});

testWith(
  ['root'],
  'files that others can change are what the engine refuses, unless told to leave that out',
  async () => {
    const { config, directory } = policyFiles(CLEAN, 'privsep_helper = no');
    chmodSync(join(directory, 'filters.d/test.filters'), 0o666);
    const { status, stderr } = await ctl(['check', config]);
    assert.is(status, 97);
    assert.match(stderr, /would refuse/);
    for (const option of ['--no-trust', '--checkout']) {
      assert.is((await ctl(['check', config, option, '--fail-on', 'never'])).status, 0, option);
    }
  },
);

test('a configuration that cannot be read at all is a finding in every format', async () => {
  const config = join(temporaryDirectory(), 'rootwrap.conf');
  const text = await ctl(['check', config]);
  assert.is(text.status, 97);
  assert.match(text.stdout.replace(/\s+/g, ' '), /rootwrap\.conf: high: no such file/);
  writeFileSync(config, '[DEFAULT]\nfilters_path = x\nuse_syslog = perhaps\n');
  const { findings, status } = await json(config);
  assert.is(status, 97);
  assert.equal([findings[0]?.rule, findings[0]?.line], ['engine-refuses', 3]);
  const { stdout, status: sarif } = await ctl(['check', config, '--format', 'sarif']);
  assert.is(sarif, 97);
  assert.match(stdout, /"startLine":3/);
  validJson(stdout, 'check-sarif');
});

test('a path that leads nowhere is an error of the configuration, however it does so', async () => {
  const directory = temporaryDirectory();
  symlinkSync('loop', join(directory, 'loop'));
  writeFileSync(join(directory, 'file'), '');
  for (const path of ['loop', 'file/below', 'x'.repeat(5000), 'a\x01b', '../'.repeat(2000)]) {
    for (const subcommand of ['check', 'list']) {
      const { status, stderr } = await ctl([subcommand, `${directory}/${path}`]);
      assert.is(status, 97, `${subcommand} ${path.slice(0, 20)}`);
      assert.match(stderr, /^tsrootwrapctl: /);
    }
  }
  const { config } = policyFiles(CLEAN);
  const { refused } = await json(config, '--filters', join(directory, 'loop'));
  assert.is(refused, false, 'the engine leaves out a filters directory that leads nowhere');
});

test('--filters takes the place of filters_path, several times or with commas', async () => {
  const { config, directory } = policyFiles(CLEAN);
  const places = ['a', 'b', 'c'].map((name) => join(directory, name));
  for (const place of places) {
    mkdirSync(place);
    writeFileSync(join(place, 'x.filters'), '[Filters]\nx: KillFilter, root\n');
  }
  const [a = '', b = '', c = ''] = places;
  const filesOf = async (...words: string[]) => {
    const { findings } = await json(config, ...words);
    return findings
      .filter(({ rule }) => rule === 'engine-refuses')
      .map(({ file }) => dirname(file));
  };
  assert.equal(await filesOf('--filters', a), [a]);
  assert.equal(await filesOf('--filters', `${a},${b}`, '--filters', c), [a, b, c]);
  assert.equal(await filesOf('--filters', join(a, 'x.filters')), [a]);
  assert.equal(await filesOf(), []);
});

test('--baseline leaves out what is known, also when lines have moved, and tells what is gone', async () => {
  const { config, directory } = policyFiles(BROKEN);
  const baseline = join(directory, 'known.json');
  const filters = join(directory, 'filters.d/test.filters');
  const before = await json(config);
  const written = await ctl(['check', config, '--checkout', '--write-baseline', baseline]);
  assert.match(written.stdout, /^Nothing found in \d filters? of 2 files; \d+ known/);
  assert.match(written.stderr, /known findings|are now known/);

  writeFileSync(filters, `# moved\n\n${readFileSync(filters, 'utf8')}`);
  const known = await json(config, '--baseline', baseline);
  assert.equal(known.findings, []);
  assert.is(known.baseline.known, before.findings.length);
  assert.is(known.status, 97, 'the engine refuses it all the same');

  writeFileSync(filters, '[Filters]\nshort: KillFilter, root\nnew: PathFilter, x\n');
  const changed = await json(config, '--baseline', baseline);
  assert.ok(changed.findings.every(({ line }) => line === 3));
  assert.ok(changed.baseline.gone.length > 0);
  const { stdout } = await ctl(['check', config, '--checkout', '--baseline', baseline]);
  assert.match(stdout, /^No longer found, can be removed from the baseline: /m);
  assertFits(stdout);
});

test('a baseline serves another checkout of the same files', async () => {
  const { config, directory } = policyFiles(BROKEN);
  const baseline = join(temporaryDirectory(), 'known.json');
  await ctl(['check', config, '--checkout', '--write-baseline', baseline]);
  const other = `${directory}-other`;
  renameSync(directory, other);
  try {
    const { findings, baseline: compared } = await json(
      join(other, 'rootwrap.conf'),
      '--baseline',
      baseline,
    );
    assert.equal([findings, compared.gone], [[], []]);
  } finally {
    renameSync(other, directory);
  }
});

test('a baseline that is none, options that contradict each other or unknown words end with 2', async () => {
  const { config } = policyFiles(CLEAN);
  for (const words of [
    ['--baseline', config],
    ['--baseline', '/nonexistent'],
    ['--write-baseline', config],
    ['--write-baseline', '/nonexistent/x'],
    ['--baseline', 'a', '--write-baseline', 'b'],
    ['--json', '--format', 'sarif'],
    ['--format', 'xml'],
    ['--format', 'json', '--format', 'sarif'],
    ['--fail-on', 'none'],
    ['--fail-on'],
    ['--fail-on', 'high', '--fail-on', 'low'],
    ['--filters', ''],
    ['--filters', 'a,,b'],
    ['--user', 'root', '--checkout'],
    ['--user', 'root', '--no-trust'],
    ['--user', ''],
    ['--unknown'],
    ['second'],
    ['--', 'command'],
  ]) {
    const { status, stdout, stderr } = await ctl(['check', config, ...words]);
    assert.is(status, 2, words.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /^tsrootwrapctl: [^\n]+\n$/);
  }
  assert.is((await ctl(['check'])).status, 2);
});

test('findings are only of kinds that are in the table', async () => {
  const { config } = policyFiles(`${CLEAN}\n${BROKEN}\nsh: CommandFilter, sh, root`);
  const { findings } = await json(config);
  for (const { rule } of findings) assert.ok(rule in RULES, rule);
  for (const [id, { title, help }] of Object.entries(RULES)) {
    assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    assert.not.match(title, /\.$/, id);
    assert.match(help, /\.$/, id);
  }
});

test('--help has an example and the exit codes, and fits', async () => {
  const { status, stdout } = await ctl(['check', '--help']);
  assert.is(status, 0);
  assert.match(stdout, /Exit codes: 0 .*1 .*2 .*97 /s);
  assert.match(stdout, /--checkout --filters/);
  assertFits(stdout);
});

test('a report that nobody reads to its end is no success', async () => {
  const { config } = policyFiles('shell: CommandFilter, sh, root');
  const words = ['bin/tsrootwrapctl', 'check', config, '--checkout'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.destroy();
  const [status] = await once(child, 'close');
  assert.is(status, 141);
});

test('who watches a terminal sees that it works, and that is gone before the report', async () => {
  const { config } = policyFiles(CLEAN);
  const watched = await ctl(['check', config, '--checkout'], { columns: 80 });
  assert.match(watched.stderr, /^\r\x1b\[Kjudging [^\n]*\r\x1b\[K$/);
  const failed = await ctl(['check', config, '--baseline', '/nonexistent'], { columns: 80 });
  assert.match(failed.stderr, /\r\x1b\[Ktsrootwrapctl: [^\n]*\n$/);
  assert.is((await ctl(['check', config, '--checkout'])).stderr, '');
});

test('hostile file names and filters come out escaped in every format', async () => {
  const { config, directory } = policyFiles(CLEAN);
  const name = 'a\n\x1b[2J\u202e.filters';
  writeFileSync(join(directory, 'filters.d', name), '[Filters]\nx\u009b2J: KillFilter, root\n');
  for (const format of ['text', 'json', 'sarif']) {
    const { stdout, stderr } = await ctl(['check', config, '--checkout', '--format', format]);
    assert.not.match(stdout + stderr, /[^\n -~]/, format);
    if (format === 'text') assertFits(stdout);
    else validJson(stdout, format === 'json' ? 'check' : 'check-sarif');
  }
});

test('each source of findings is asked: attacks, mistakes, and trust unless it is left out', async () => {
  const { config, directory } = policyFiles(
    'shell: CommandFilter, sh, root\nlost: NoFilter, x\ngone: CommandFilter, gone, root',
  );
  chmodSync(directory, 0o777);
  const rules = async (...options: string[]) => {
    const { stdout } = await ctl(['check', config, '--json', ...options]);
    const [{ findings }] = validJson(stdout, 'check') as [Json];
    for (const { rule } of findings) assert.ok(rule in RULES, rule);
    return new Set(findings.map(({ rule }) => rule));
  };
  for (const options of [[], ['--no-trust'], ['--checkout'], ['--user', 'nobody']]) {
    const found = await rules(...options);
    assert.ok(found.has('free-arguments'), 'an attack');
    assert.ok(found.has('unknown-class'), 'a mistake');
    const isTrust = options.length === 0 || options[0] === '--user';
    assert.is(found.has('trust-directory'), isTrust, options.join(' '));
    assert.is(found.has('missing-executable'), options[0] !== '--checkout', options.join(' '));
    const isSudo = [...found].some((rule) => rule.startsWith('sudoers-'));
    assert.is(isSudo, options[0] === '--user', options.join(' '));
  }
});

for (const file of existsSync(WILD) ? readdirSync(WILD) : []) {
  test(`what is said about ${file} fits, and is valid in every format`, async () => {
    const said = (format: string) =>
      ctl(['check', join(WILD, file), '--checkout', '--format', format]);
    const [text, json, sarif] = await Promise.all(['text', 'json', 'sarif'].map(said));
    const lines = (text?.stdout ?? '').split('\n');
    const folded = lines.filter((line) => !/^\S+: \w+Filter, /.test(line));
    assertFits(folded.join('\n'));
    assert.ok(folded.length > 3);
    const [{ findings }] = validJson(json?.stdout ?? '', 'check') as [Json];
    for (const { rule } of findings) assert.ok(rule in RULES, rule);
    validJson(sarif?.stdout ?? '', 'check-sarif');
    const { stdout } = await ctl(['list', join(WILD, file)]);
    assertFits(stdout);
  });
}

test.run();
