import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertFits, ctl, validJson } from '../../support/ctl.js';
import { policyFiles, script } from '../../support/policy-files.js';

const FILTERS = `
say_any: CommandFilter, say, root
netns: IpNetnsExecFilter, ip, root
ip: IpFilter, ip, root
stop: KillFilter, root, /usr/sbin/dnsmasq, -9, -HUP
term: KillFilter, root, dnsmasq
read: ReadFileFilter, /etc/hostname
count: RegExpFilter, count, daemon, count, [0-9]+, x\\.y
coloured: EnvFilter, env, root, COLOUR=, LC_ALL=C, say, one
own: PathFilter, /bin/chown, root, svc, /srv/app, pass
nice: ChainingRegExpFilter, nice, root, nice, -n, 1?[0-9]
none: RegExpFilter, none, root
odd: PathFilter, odd, root, a b, ANYTHING, it's, [x], /x/
`;

interface Entry {
  readonly command: string;
  readonly form: string;
  readonly user: string;
  readonly executable: string | null;
  readonly risk: string;
  readonly filter: string;
  readonly file: string;
  readonly line: number;
}

interface Listing {
  readonly commands: readonly Entry[];
  readonly refused: boolean;
}

const { config, bin } = policyFiles(FILTERS, 'exec_dirs = bin\nprivsep_helper = false');
script(join(bin, 'say'));

async function listed(file = config, ...words: string[]): Promise<Listing & { status: number }> {
  const { status, stdout } = await ctl(['list', file, '--json', ...words]);
  return { ...(validJson(stdout, 'list')[0] as Listing), status };
}

test('each filter is laid out as a way to call its command', async () => {
  const { commands } = await listed();
  const forms = Object.fromEntries(commands.map(({ filter, form }) => [filter, form]));
  assert.equal(forms, {
    say_any: 'say ANYTHING...',
    netns: "ip netns exec NAME COMMAND (another filter's)",
    ip: 'ip ANYTHING... (but no other program)',
    stop: 'kill (-9|-HUP) (PROCESS of /usr/sbin/dnsmasq)',
    term: 'kill (PROCESS of dnsmasq)',
    read: 'cat /etc/hostname',
    count: 'count /[0-9]+/ x.y',
    coloured: 'COLOUR=... LC_ALL=... say ANYTHING ANYTHING...',
    own: 'chown svc (PATH in /srv/app) ANYTHING',
    nice: "nice -n /1?[0-9]/ COMMAND (another filter's)",
    none: 'nothing: it has no pattern',
    odd: "odd 'a b' 'ANYTHING' 'it'\\''s' '[x]' (PATH in '/x/')",
  });
});

test('commands come by name, and those of one command as the engine asks them', async () => {
  const { commands } = await listed();
  assert.equal(
    commands.map(({ command, filter }) => `${command} ${filter}`),
    [
      'cat read',
      'chown own',
      'count count',
      'ip netns',
      'ip ip',
      'kill stop',
      'kill term',
      'nice nice',
      'none none',
      'odd odd',
      'say say_any',
      'say coloured',
    ],
  );
});

test('user, line and executable are told, and what is not installed', async () => {
  const { commands } = await listed();
  const by = new Map(commands.map((entry) => [entry.filter, entry]));
  assert.is(by.get('say_any')?.executable, join(bin, 'say'));
  assert.is(by.get('count')?.executable, null);
  assert.is(by.get('count')?.user, 'daemon');
  assert.is(by.get('count')?.line, 9);
  assert.match(by.get('count')?.file ?? '', /test\.filters$/);
});

test('people see the same, grouped by command', async () => {
  const { status, stdout } = await ctl(['list', config]);
  assert.is(status, 0);
  assertFits(stdout);
  assert.match(stdout, /^ip\n {2}ip netns exec NAME COMMAND \(another filter's\)\n {4}as root, /m);
  assert.match(stdout, /^ {4}as daemon, count not installed, risk /m);
  assert.match(stdout, /^ {4}count, \S+test\.filters:9$|^ {4}count,\n +\S+:9$/m);
  assert.match(stdout, /\n12 of 12 filters\.\n$/);
});

test('the filter that is always there is listed', async () => {
  const { config } = policyFiles('x: ReadFileFilter, /x');
  const { commands } = await listed(config);
  const [helper] = commands.filter(({ line }) => line === 0);
  assert.is(helper?.filter, 'privsep-helper');
  const { stdout } = await ctl(['list', config]);
  assert.match(stdout, /privsep-helper, \(always there/);
  assertFits(stdout);
});

test('the risk is the worst that check finds in a filter, also in the one that is always there', async () => {
  const { config } = policyFiles(`
shell: CommandFilter, sh, root
as_daemon: CommandFilter, sh, daemon
read: ReadFileFilter, /etc/hostname
`);
  const { commands } = await listed(config);
  const risks = Object.fromEntries(commands.map(({ filter, risk }) => [filter, risk]));
  assert.is(risks.shell, 'high');
  assert.is(risks.as_daemon, 'medium');
  assert.is(risks.read, 'none');
  assert.is.not(risks['privsep-helper'], 'none');
  const { stdout } = await ctl(['list', config]);
  assert.match(stdout, /as root, sh not installed, risk high/);
});

test('--risk shows only what is at least that bad', async () => {
  const all = await listed();
  assert.ok(new Set(all.commands.map(({ risk }) => risk)).size > 1);
  const order = ['none', 'low', 'medium', 'high'];
  for (const level of ['low', 'medium', 'high']) {
    const { commands } = await listed(config, '--risk', level);
    const expected = all.commands.filter(({ risk }) => order.indexOf(risk) >= order.indexOf(level));
    assert.equal(commands, expected, level);
  }
});

test('what the engine would refuse is told on standard error, and the rest listed: 97', async () => {
  const { config } = policyFiles('broken: KillFilter, root\nx: ReadFileFilter, /x');
  const { status, stdout, stderr } = await ctl(['list', config, '--json']);
  assert.is(status, 97);
  const [listing] = validJson(stdout, 'list') as [Listing];
  assert.is(listing.refused, true);
  assert.ok(listing.commands.some(({ filter }) => filter === 'x'));
  assert.match(stderr, /test\.filters:2: KillFilter needs/);
  assert.match(stderr, /would refuse/);
  assert.is((await ctl(['list', '/nonexistent'])).status, 97);
});

test('--filters takes the place of filters_path', async () => {
  const { directory, config } = policyFiles('x: ReadFileFilter, /x', 'privsep_helper = no');
  const other = join(directory, 'other.filters');
  writeFileSync(other, '[Filters]\ny: ReadFileFilter, /y\n');
  const { commands } = await listed(config, '--filters', other);
  assert.equal(
    commands.map(({ filter }) => filter),
    ['y'],
  );
});

test('hostile names and words forge neither lines nor colours', async () => {
  const hostile = 'x\x1b[31m\u009b2J\u202e';
  const { config, directory } = policyFiles(`
${hostile}: RegExpFilter, ${hostile}, ${hostile}, ${hostile}.+, ${hostile}
e${hostile}: EnvFilter, env, root, ${hostile}=, say
`);
  writeFileSync(
    join(directory, 'filters.d', `${hostile}\nforged`),
    `[Filters]\nlong: RegExpFilter, long, root, ${'x+'.repeat(500)}\n`,
  );
  const { stdout } = await ctl(['list', config]);
  assertFits(stdout);
  assert.not.match(stdout, /^forged/m);
  const { stdout: printed } = await ctl(['list', config, '--json']);
  assert.not.match(printed, /[^\n -~]/);
  validJson(printed, 'list');
});

test('risks have colours on a terminal only', async () => {
  const { config } = policyFiles('shell: CommandFilter, sh, root');
  assert.not.match((await ctl(['list', config])).stdout, /\x1b/);
  const { stdout } = await ctl(['list', config], { columns: 80 });
  assert.match(stdout, /\x1b\[33mnot installed[^\n]*\x1b\[31mhigh/);
});

test('words that make no sense end with 2, and --help says the exit codes', async () => {
  for (const words of [['--risk', 'none'], ['--risk'], ['--unknown'], ['x'], ['--', 'x']]) {
    assert.is((await ctl(['list', config, ...words])).status, 2, words.join(' '));
  }
  const { status, stdout } = await ctl(['list', '--help']);
  assert.is(status, 0);
  assert.match(stdout, /Exit codes: 0 .*2 .*97 /s);
  assertFits(stdout);
});

test('the name of a program cannot pass for lines of the list, however it is folded', async () => {
  for (const blanks of [60, 70, 75, 78]) {
    const { config } = policyFiles(`x: CommandFilter, a${' '.repeat(blanks)}uname -r, root`);
    const { stdout } = await ctl(['list', config]);
    assert.match(stdout, 'uname -r');
    assert.not.match(stdout, /^ {0,2}uname -r$/m);
  }
});

test.run();
