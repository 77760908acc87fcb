import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { temporaryDirectory } from '../../support/policy-files.js';

interface Told {
  readonly program: string;
  readonly user: string;
  readonly filter: string;
  readonly line: number;
  readonly severity?: string;
  readonly attack: boolean;
  readonly words: string;
  readonly examples: readonly (readonly string[])[];
  readonly missing: readonly string[];
}

interface Diff {
  readonly allowed: readonly Told[];
  readonly forbidden: readonly Told[];
  readonly changed: readonly Told[];
  readonly unproven: readonly { readonly filter: string; readonly words: string }[];
  readonly refused: boolean;
}

function filterFile(lines: string): string {
  const file = join(temporaryDirectory(), 'x.filters');
  writeFileSync(file, `[Filters]\n${lines}\n`);
  return file;
}

async function diffOf(old: string, changed: string): Promise<Diff & { readonly status: number }> {
  const { status, stdout } = await ctl(['diff', old, changed, '--json']);
  return { ...(validJson(stdout, 'diff')[0] as Diff), status };
}

const between = (old: string, changed: string) => diffOf(filterFile(old), filterFile(changed));

/** What a difference is about: `+dd`, `-dd`, `~dd`. */
function signs({ allowed, forbidden, changed }: Diff): string[] {
  const all = [
    ...allowed.map(({ program }) => `+${program}`),
    ...forbidden.map(({ program }) => `-${program}`),
    ...changed.map(({ program }) => `~${program}`),
  ];
  return [...new Set(all)].sort();
}

/** Old line, new line, what becomes of the old one, and an example that must be among those told. */
const CHANGES: readonly (readonly [
  old: string,
  changed: string,
  signs: readonly string[],
  example?: string,
])[] = [
  ['', 'CommandFilter, dd, root', ['+dd'], 'dd of=/etc/sudoers.d/x'],
  ['CommandFilter, dd, root', '', ['-dd'], 'dd of=/etc/sudoers.d/x'],
  ['CommandFilter, dd, root', 'CommandFilter, dd, nobody', ['~dd']],
  ['CommandFilter, dd, root', 'CommandFilter, /opt/dd, root', ['+dd', '~dd'], 'dd of=/etc/shadow'],
  ['CommandFilter, a, root', 'RegExpFilter, a, root, a, b', ['-a'], 'a'],
  ['RegExpFilter, a, root, a, b', 'CommandFilter, a, root', ['+a'], 'a'],
  ['RegExpFilter, a, root, a, b|c', 'RegExpFilter, a, root, a, b|c|ddd', ['+a'], 'a ddd'],
  ['RegExpFilter, a, root, a, [ab]', 'RegExpFilter, a, root, a, [bc]', ['+a', '-a'], 'a c'],
  ['RegExpFilter, a, root, a, b', 'RegExpFilter, a, root, a, b, c', ['+a', '-a'], 'a b c'],
  ['RegExpFilter, a, root, a, b|c', 'RegExpFilter, a, root, a, [bc]', []],
  ['PathFilter, a, root, /srv/b', 'PathFilter, a, root, /srv', ['+a'], 'a /srv'],
  ['PathFilter, a, root, /srv', 'PathFilter, a, root, /srv/b', ['-a'], 'a /srv'],
  ['PathFilter, a, root, pass', 'PathFilter, a, root, b', ['-a'], 'a x'],
  ['PathFilter, a, root, /tmp/b', 'PathFilter, a, root, /tmp', ['+a'], 'a /tmp'],
  ['EnvFilter, env, root, A=, a', 'EnvFilter, env, root, A=, B=, a', ['+a', '-a'], 'env A=x a'],
  ['EnvFilter, env, root, A=, a', 'EnvFilter, env, root, A=, a, b', ['-a'], 'env A=x a'],
  ['ReadFileFilter, /etc/a', 'ReadFileFilter, /etc/b', ['+cat', '-cat'], 'cat /etc/b'],
  [
    'ReadFileFilter, /etc/a',
    'RegExpFilter, /bin/cat, root, cat, /etc/[ab]',
    ['+cat'],
    'cat /etc/b',
  ],
  [
    'KillFilter, root, /bin/a, -9',
    'KillFilter, root, /bin/a, -9, -HUP',
    ['+kill'],
    'kill -HUP PID-of-/bin/a',
  ],
  [
    'KillFilter, root, /bin/a, -9',
    'KillFilter, root, /bin/a',
    ['+kill', '-kill'],
    'kill PID-of-/bin/a',
  ],
  [
    'KillFilter, root, /bin/a, -9',
    'KillFilter, root, a, -9',
    ['+kill'],
    'kill -9 PID-of-/usr/bin/a',
  ],
  [
    'KillFilter, root, /bin/a, -9',
    'KillFilter, nobody, /bin/a, -9',
    ['~kill'],
    'kill -9 PID-of-/bin/a',
  ],
  [
    'KillFilter, root, /bin/a, -9',
    'CommandFilter, /bin/kill, root',
    ['+kill', '~kill'],
    'kill -9 PID-of-/bin/a',
  ],
  ['IpFilter, ip, root', 'CommandFilter, ip, root', ['+ip'], 'ip netns exec x sh'],
  ['CommandFilter, ip, root', 'IpFilter, ip, root', ['-ip'], 'ip netns exec x sh'],
  [
    'CommandFilter, ls, root\nip: IpFilter, ip, root',
    'CommandFilter, ls, root\nip: IpNetnsExecFilter, ip, root',
    ['+ip', '-ip'],
    'ip netns exec x ls',
  ],
  [
    'CommandFilter, ls, root\nn: ChainingRegExpFilter, nice, root, nice, [0-9]',
    'CommandFilter, ls, root\nn: ChainingRegExpFilter, nice, root, nice, -?[0-9]',
    ['+nice'],
    'nice -1 ls',
  ],
  ['ChainingFilter, a, root', '', []],
  ['RegExpFilter, a, root', '', []],
  ['RegExpFilter, a, root, a, b', 'RegExpFilter, a, root, a, (b', ['-a'], 'a b'],
  ['NoSuchFilter, a, root', 'CommandFilter, a, root', ['+a']],
];

for (const [old, changed, expected, example] of CHANGES) {
  test(`from \`${old}\` to \`${changed}\` tells ${expected.join(' ') || 'nothing'}`, async () => {
    const [one, other] = [old, changed].map((line) => (line === '' ? '' : `f: ${line}`));
    const told = await between(one ?? '', other ?? '');
    assert.equal(signs(told), [...expected]);
    assert.is(told.status, expected.length > 0 ? 1 : 0);
    if (example === undefined) return;
    const examples = [...told.allowed, ...told.forbidden, ...told.changed].flatMap((one) =>
      one.examples.map((words) => words.join(' ')),
    );
    assert.ok(examples.includes(example), JSON.stringify(examples));
  });
}

test('what is renamed or moved changes nothing', async () => {
  const lines = ['CommandFilter, a, root', 'RegExpFilter, b, root, b, x', 'IpFilter, ip, root'];
  const file = (order: readonly number[]) =>
    filterFile(order.map((index) => `n${Math.random()}: ${lines[index]}`).join('\n'));
  const told = await diffOf(file([0, 1, 2]), file([2, 0, 1]));
  assert.equal(signs(told), []);
  assert.equal(told.unproven, []);
  assert.is(told.status, 0);
});

test('the order counts where two lines take the same words as different users', async () => {
  const [a, b] = ['a: RegExpFilter, x, root, x, [ab]', 'b: RegExpFilter, x, nobody, x, [bc]'];
  const told = await between(`${a}\n${b}`, `${b}\n${a}`);
  assert.equal(signs(told), ['~x']);
  assert.equal(told.changed[0]?.examples, [['x', 'b']]);
  assert.match(told.changed[0]?.words ?? '', /as nobody, before as root/);
});

test('a first EnvFilter lets every line behind it be called through env', async () => {
  const env = 'e: EnvFilter, env, root, A=, prog';
  const told = await between(
    `a: CommandFilter, ls, root\n${env}`,
    `${env}\na: CommandFilter, ls, root`,
  );
  assert.ok(
    told.allowed.some(({ examples }) =>
      examples.some(([first, second]) => first === 'env' && second === 'ls'),
    ),
  );
});

test('a line that others hide counts where their programs are not installed', async () => {
  const first = 'a: CommandFilter, /opt/ls, root';
  const told = await between(first, `${first}\nb: CommandFilter, ls, nobody`);
  const [shown] = told.allowed.filter(({ missing }) => missing.length > 0);
  assert.equal(shown?.missing, ['/opt/ls']);
  assert.is(shown?.user, 'nobody');
});

test('a line that makes no difference is said to make none', async () => {
  const all = 'a: CommandFilter, ls, root';
  const { unproven, status } = await between(all, `${all}\nb: RegExpFilter, ls, root, ls, -l`);
  assert.equal(
    unproven.map(({ filter }) => filter),
    ['b'],
  );
  assert.match(unproven[0]?.words ?? '', /no command was found/);
  assert.is(status, 0);
});

test('a line of a class that the engine does not know is told, and allows nothing', async () => {
  const { unproven } = await between('', 'a: NoSuchFilter, ls, root');
  assert.match(unproven[0]?.words ?? '', /no such filter \(NoSuchFilter\)/);
});

test('the severity is that of check, and an attack that is new comes first', async () => {
  const { allowed } = await between(
    'f: RegExpFilter, dd, root, dd, if=/dev/[a-z]+',
    'f: CommandFilter, dd, root',
  );
  assert.is(allowed[0]?.severity, 'high');
  assert.ok(allowed[0]?.attack);
  assert.match(allowed[0]?.examples[0]?.join(' ') ?? '', /\/etc\//);
});

interface Settings {
  readonly settings?: string;
  readonly filters?: string;
}

function configured({ settings = '', filters = 'a: CommandFilter, ls, root' }: Settings): string {
  const directory = temporaryDirectory();
  const config = join(directory, 'rootwrap.conf');
  mkdirSync(join(directory, 'filters.d'));
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\n${settings}\n`);
  writeFileSync(join(directory, 'filters.d', 'x.filters'), `[Filters]\n${filters}\n`);
  return config;
}

test('exec_dirs counts once for all programs without a path', async () => {
  const filters = 'a: CommandFilter, ls, root\nb: CommandFilter, cp, root';
  const old = configured({ filters, settings: 'exec_dirs = /bin, /opt/a' });
  const changed = configured({ filters, settings: 'exec_dirs = /bin, /opt/b' });
  const told = await diffOf(old, changed);
  assert.is(told.changed.length, 1);
  assert.is(told.changed[0]?.filter, 'exec_dirs');
  assert.ok(told.changed[0]?.missing.includes('/bin/ls'));
  assert.is(told.status, 1);
});

test('exec_dirs below the configuration is the same in another checkout', async () => {
  const settings = 'exec_dirs = bin';
  assert.is((await diffOf(configured({ settings }), configured({ settings }))).status, 0);
});

test('privsep_helper counts as the filter that it is', async () => {
  const without = configured({ settings: 'privsep_helper = false' });
  assert.equal(signs(await diffOf(without, configured({}))), ['+privsep-helper']);
  assert.equal(signs(await diffOf(configured({}), without)), ['-privsep-helper']);
});

test('a configuration is compared with a directory of filters by the filters alone', async () => {
  const config = configured({ settings: 'exec_dirs = /opt/bin' });
  const directory = join(config, '..', 'filters.d');
  assert.is((await diffOf(config, directory)).status, 0);
  assert.is((await diffOf(directory, config)).status, 0);
});

test('--old-filters and --new-filters say where filters lie', async () => {
  const config = configured({});
  const other = filterFile('b: CommandFilter, cp, root');
  const { status, stdout } = await ctl(['diff', config, config, '--new-filters', other]);
  assert.is(status, 1);
  assert.match(stdout, /^cp\n {2}\+ newly allowed/);
  assert.is((await ctl(['diff', config, config, '--old-filters', other])).status, 1);
  assert.is((await ctl(['diff', config, config, '--old-filters', ''])).status, 2);
});

test('a policy that the engine would refuse ends with 97, and the rest is told', async () => {
  const broken = filterFile('a: CommandFilter, ls\nb: CommandFilter, cp, root');
  const { status, stdout, stderr } = await ctl(['diff', filterFile(''), broken]);
  assert.is(status, 97);
  assert.match(stdout, /^cp\n {2}\+ newly allowed/);
  assert.match(stderr, /the engine would refuse .*x\.filters, with exit code 97/);
  assert.ok((await diffOf(filterFile(''), broken)).refused);
  assert.is((await ctl(['diff', '/nonexistent', broken])).status, 97);
  assert.is((await ctl(['diff', broken])).status, 2);
});

test('the text is grouped by program, and fits', async () => {
  const old = filterFile(
    'a: RegExpFilter, dd, root, dd, if=/dev/[a-z]+\nb: CommandFilter, ls, root',
  );
  const changed = filterFile('a: CommandFilter, dd, root\nb: CommandFilter, ls, nobody');
  const { stdout } = await ctl(['diff', old, changed]);
  assertFits(stdout);
  assert.match(stdout, /^dd\n {2}\+ newly allowed, high: dd ANYTHING\.\.\.; before: dd/);
  assert.match(stdout, /x\.filters:2: a, as root\n {6}dd .*\/etc\//s);
  assert.match(stdout, /\nls\n {2}~ changed, low: ls ANYTHING\.\.\.; as nobody, before as root\n/);
  assert.match(stdout, /\n1 newly allowed, 0 newly forbidden, 1 changed\.\n$/);
});

test('names and words of the files cannot steer the terminal, nor fill it', async () => {
  const hostile = `\x1b[31mx\u202e${'y'.repeat(5000)}`;
  const lines = [
    `n\x1b[2J: CommandFilter, ${hostile}, root`,
    `o: CommandFilter, a, ${hostile}`,
    `p: RegExpFilter, b, root, b, ${hostile}`,
    `q: PathFilter, c, root, /${hostile}`,
    `r: EnvFilter, env, root, ${hostile}=, d`,
    `s: KillFilter, root, /${hostile}, -9`,
    `t: ${hostile}, e`,
    'u: RegExpFilter, (, root, (, )',
    'v: RegExpFilter, g, root, g, (a+)+\\1b',
  ];
  for (const pair of [
    ['', lines.join('\n')],
    [lines.join('\n'), ''],
  ]) {
    const [old, changed] = pair.map(filterFile) as [string, string];
    const { status, stdout } = await ctl(['diff', old, changed]);
    assertFits(stdout);
    assert.is(status, 1);
    assert.not.match((await ctl(['diff', old, changed, '--json'])).stdout, /[^\n -~]/);
    await diffOf(old, changed);
  }
});

test('thousands of lines are no trouble, whether they are the same or not', async () => {
  const lines = (name: string) =>
    Array.from(
      { length: 3000 },
      (_, i) => `f${i}: RegExpFilter, ${name}${i}, root, ${name}${i}, [a-z]+`,
    );
  const same = lines('a').join('\n');
  assert.is((await between(same, `${same}\nnew: CommandFilter, b, root`)).allowed.length, 1);
  const { allowed, forbidden } = await between(lines('a').join('\n'), lines('b').join('\n'));
  assert.is(allowed.length, 3000);
  assert.is(forbidden.length, 3000);
});

test('--help says what the exit codes mean', async () => {
  const { status, stdout } = await ctl(['diff', '--help']);
  assert.is(status, 0);
  assertFits(stdout);
  assert.match(stdout, /Exit codes: 0 nothing newly allowed/);
});

test.run();
