import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkPolicy } from '#src/check/check-policy.js';
import type { Finding } from '#src/check/finding.js';
import { type PolicySource, policySourceOf } from '#src/policy/policy-source.js';
import type { ObservedCommand } from '#src/suggest/observed-command.js';
import { type Suggestion, suggest } from '#src/suggest/suggest.js';
import { filterLine } from '#src/suggest/write-filters.js';
import { testWith } from '../support/requirements.js';

const NO_JUDGE = () => [];

function seen(words: readonly string[], more: Partial<ObservedCommand> = {}): ObservedCommand {
  return { words, user: 'root', origin: 'record', count: 1, ...more };
}

/** Commands one a line, words split at blanks. */
const commands = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => seen(line.trim().split(' ')));

const suggested = (text: string): Suggestion => suggest(commands(text), NO_JUDGE);

/** The lines without their names. */
const lines = ({ filters }: Suggestion) =>
  filters.map((filter) =>
    filterLine(filter)
      .replace(/,\n */g, ', ')
      .replace(/^\w+: /, ''),
  );

const linesFor = (text: string) => lines(suggested(text));

test('one command stays as it is', () => {
  assert.equal(linesFor('lsblk --json /dev/vda 12'), [
    'RegExpFilter, lsblk, root, lsblk, --json, /dev/vda, 12',
  ]);
});

test('three values are listed, more of one kind become its pattern', () => {
  assert.equal(linesFor('nice 1\nnice 2\nnice 3'), ['RegExpFilter, nice, root, nice, (1|2|3)']);
  assert.equal(linesFor('nice 1\nnice 2\nnice 3\nnice 40'), [
    'RegExpFilter, nice, root, nice, [0-9]+',
  ]);
});

for (const [what, words, pattern] of [
  ['hexadecimal numbers', ['0x1', '0xA', '0xb', '0x10'], '0x[0-9a-fA-F]+'],
  [
    'UUIDs, of which two are enough',
    ['0a0a0a0a-1111-2222-3333-444444444444', 'ffffffff-1111-2222-3333-444444444444'],
    '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  ],
  ['MAC addresses', ['fa:16:3e:00:00:01', 'fa:16:3e:00:00:02'], '[0-9a-f]{2}(:[0-9a-f]{2}){5}'],
  ['container ids', ['0123456789ab', 'ba9876543210'], '[0-9a-f]{12}'],
  [
    'IPv4 addresses, with and without a prefix length',
    ['10.0.0.1', '10.0.0.2', '10.0.0.3/24', '192.168.0.1'],
    '[0-9]+(\\.[0-9]+){3}(/[0-9]+)?',
  ],
  ['IPv6 addresses', ['::1', 'fe80::1', 'fd00::2', '2001:db8::'], '[0-9a-f]*:[0-9a-f:]+'],
  ['interfaces', ['tap12ab34-cd', 'tap99ff00-11', 'tapa0b1c2-dd', 'tape0b1c2-dd'], 'tap[0-9a-f-]+'],
  ['numbered interfaces', ['eth0', 'eth1', 'eth2', 'eth10'], 'eth[0-9]+'],
  [
    'interfaces of several families',
    ['tap1', 'tap2', 'qvo1', 'qvo2', 'qvo3'],
    '(qvo[0-9]+|tap[0-9]+)',
  ],
  [
    'namespaces with UUIDs',
    ['qdhcp-0a0a0a0a-1111-2222-3333-444444444444', 'qdhcp-1a0a0a0a-1111-2222-3333-444444444444'],
    'qdhcp-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  ],
  ['units', ['a@1.service', 'a@2.service', 'a@3.service', 'a@14.service'], 'a@[0-9]+\\.service'],
  ['options with values', ['--n=1', '--n=2', '--n=3', '--n=4'], '--n=[0-9]+'],
  ['disks', ['/dev/vda', '/dev/vdb', '/dev/vdc', '/dev/vdd'], '/dev/vd[a-z]+'],
  [
    'files below ids',
    [
      '/var/lib/nova/0a0a0a0a-1111-2222-3333-444444444444/disk',
      '/var/lib/nova/1a0a0a0a-1111-2222-3333-444444444444/disk',
    ],
    '/var/lib/nova/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/disk',
  ],
  [
    'files of one ending in one directory, for a program that acts on names',
    ['/var/lib/app/a.lock', '/var/lib/app/b.lock', '/var/lib/app/c1.lock', '/var/lib/app/d.lock'],
    '/var/lib/app/[0-9A-Za-z_][0-9A-Za-z._-]*\\.lock',
  ],
] as const) {
  test(`the pattern for ${what}`, () => {
    const text = words.map((word) => `rm ${word}`).join('\n');
    assert.equal(linesFor(text), [`RegExpFilter, rm, root, rm, ${pattern}`]);
  });
}

test('options and subcommands keep commands apart, unless nothing else differs', () => {
  assert.equal(
    linesFor(`ip link add br0 type bridge
      ip link set br0 up
      ip link set br0 down
      ip link set eth0 down
      ip link set eth0 up`),
    [
      'RegExpFilter, ip, root, ip, link, add, br0, type, bridge',
      'RegExpFilter, ip, root, ip, link, set, (br0|eth0), (down|up)',
    ],
  );
});

test('words that were never seen together are not put together', () => {
  assert.equal(linesFor('t add red\nt del blue'), [
    'RegExpFilter, t, root, t, add, red',
    'RegExpFilter, t, root, t, del, blue',
  ]);
});

test('a word with many values of no kind is declined, with all that were seen', () => {
  const words = [...'abcdefghijklmnopq'].map((letter) => `tool ${letter.repeat(3)}`);
  const { filters, declined } = suggested(words.join('\n'));
  assert.equal(filters, []);
  assert.match(declined[0]?.reason ?? '', /word 2 had 17 values/);
});

test('many words that differ in one name become its pattern', () => {
  const names = [...'abcdefghijklmnopq'].map((letter) => `tap${letter}0`);
  assert.equal(linesFor(names.map((name) => `sysctl net.ipv4.conf.${name}.mtu=1`).join('\n')), [
    'RegExpFilter, sysctl, root, sysctl, net\\.ipv4\\.conf\\.tap[0-9a-z]+\\.mtu=1',
  ]);
  const differ = [...'abcdefghijklmnopq'];
  for (const form of ['x+NAME', 'same+/NAME', 'same+NAME+NAME', 'same+NAME;+', '-x+NAME']) {
    const text = differ.map((name, index) => {
      const word = form.replaceAll('NAME', name);
      return `tool ${form.includes(';') && index > 3 ? word.replace(';', '.') : word}`;
    });
    assert.equal(suggested(text.join('\n')).filters, [], form);
  }
});

for (const place of ['/tmp', '/var/tmp', '/dev/shm', '/etc', '/root', '/usr/bin', '/proc', '']) {
  test(`many names in ${place || '/'} do not become any name there`, () => {
    const words = [...'abcdefghijklmnopq'].map((letter) => `stat ${place}/${letter}x${letter}`);
    const { filters, declined } = suggested(words.join('\n'));
    assert.equal(filters, []);
    assert.is(declined[0]?.commands.length, 17);
  });
}

test('paths with `..`, doubled slashes and hidden names are listed as they are', () => {
  for (const path of ['/srv/d/../e/', '/srv/d/./', '/srv//d/', '/srv/d/.', '/srv/d/..x/../']) {
    const [line = ''] = linesFor(
      ['a', 'b', 'c', 'e'].map((name) => `rm ${path}${name}`).join('\n'),
    );
    const list = ['a', 'b', 'c', 'e'].map((name) => `${path}${name}`.replaceAll('.', '\\.'));
    assert.is(line, `RegExpFilter, rm, root, rm, (${list.join('|')})`);
  }
});

test('options are listed with options, and rules for options and directories stand alone', () => {
  assert.equal(linesFor('iptables -A X\niptables -D X'), [
    'RegExpFilter, iptables, root, iptables, (-A|-D), X',
  ]);
  const some = ['1', '2', '3', '4'];
  assert.equal(
    linesFor(
      [
        ...some.map((number) => `rm --n=${number}`),
        ...some.map((number) => `rm /srv/a/x${number}`),
        ...some.map((number) => `rm /srv/b/x${number}`),
        'rm --json',
        'rm all',
      ].join('\n'),
    ),
    [
      'RegExpFilter, rm, root, rm, --json',
      'RegExpFilter, rm, root, rm, all',
      'RegExpFilter, rm, root, rm, --n=[0-9]+',
      'RegExpFilter, rm, root, rm, /srv/a/x[0-9]+',
      'RegExpFilter, rm, root, rm, /srv/b/x[0-9]+',
    ],
  );
});

test('files of one directory become a PathFilter, where nothing else is left open', () => {
  const paths = ['a', 'b', 'c', 'd'].map((name) => `/srv/images/${name}`);
  assert.equal(linesFor(paths.map((path) => `chown svc ${path}`).join('\n')), [
    'PathFilter, chown, root, svc, /srv/images',
  ]);
  assert.equal(linesFor(paths.map((path) => `mv x ${path}`).join('\n')), [
    'RegExpFilter, mv, root, mv, x, /srv/images/[0-9A-Za-z_][0-9A-Za-z._-]*',
  ]);
  // PathFilter would take `pass` for anything
  assert.equal(linesFor(paths.map((path) => `chown pass ${path}`).join('\n')), [
    'RegExpFilter, chown, root, chown, pass, /srv/images/[0-9A-Za-z_][0-9A-Za-z._-]*',
  ]);
});

testWith(
  ['root'],
  'where others can exchange the files, no line is written for a program that is not known to hold, and none with a pattern',
  () => {
    const directory = mkdtempSync('/srv/tsrootwrap-'); // not below /tmp, of which no line is made
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    chmodSync(directory, 0o755);
    const files = ['a', 'b', 'c', 'd'].map((name) => join(directory, name));
    for (const file of files) writeFileSync(file, '');
    const text = (command: string) => files.map((file) => `${command} ${file}`).join('\n');
    const tried = () =>
      ['chown svc', 'chown -R svc', 'gzip'].map((command) => suggested(text(command)));
    chownSync(directory, 65534, 65534);
    const [known, option, unknown] = tried();
    assert.equal(known && lines(known), [`PathFilter, chown, root, svc, ${directory}`]);
    for (const [suggestion, what] of [
      [option, 'chown -R'],
      [unknown, 'gzip'],
    ] as const) {
      assert.equal(suggestion?.filters, []);
      const [declined, ...others] = suggestion?.declined ?? [];
      assert.equal(others, []);
      assert.match(declined?.reason ?? '', `${what} is not known to work on what was checked`);
      assert.match(declined?.reason ?? '', 'use a privileged function');
    }
    chownSync(directory, 0, 0);
    assert.match(lines(tried()[2] as Suggestion)[0] ?? '', /^PathFilter, gzip, root, /);
  },
);

test('reading a file or a few becomes ReadFileFilters, many in one directory a PathFilter', () => {
  assert.equal(linesFor('cat /etc/a.conf\ncat /etc/b.conf'), [
    'ReadFileFilter, /etc/a.conf',
    'ReadFileFilter, /etc/b.conf',
  ]);
  assert.equal(linesFor('cat /srv/d/a\ncat /srv/d/b\ncat /srv/d/c\ncat /srv/d/e'), [
    'PathFilter, cat, root, /srv/d',
  ]);
  assert.equal(lines(suggest([seen(['cat', '/a'], { user: 'svc' })], NO_JUDGE)), [
    'RegExpFilter, cat, svc, cat, /a',
  ]);
  assert.equal(lines(suggest([seen(['cat', '/a, b'])], NO_JUDGE)), [
    'RegExpFilter, cat, root, cat, /a\\x2c b',
  ]);
});

test('signals become KillFilters, where the program is known', () => {
  const kill = (words: string, program?: string) =>
    seen(words.split(' '), program === undefined ? {} : { program });
  const suggestion = suggest(
    [
      kill('kill -9 12', '/usr/sbin/dnsmasq'),
      kill('kill -HUP 13', '/usr/sbin/dnsmasq'),
      kill('kill 14', '/usr/sbin/dnsmasq'),
      kill('kill -9 15'),
      kill('kill -9 16', '/usr/bin/python3.11'),
      kill('kill -9 16 17', '/usr/sbin/dnsmasq'),
      kill('kill -9 -1', '/usr/sbin/dnsmasq'),
    ],
    NO_JUDGE,
  );
  assert.equal(lines(suggestion), [
    'KillFilter, root, /usr/sbin/dnsmasq, -9, -HUP',
    'KillFilter, root, /usr/sbin/dnsmasq',
  ]);
  assert.is(suggestion.declined.flatMap(({ commands }) => commands).length, 4);
  assert.match(suggestion.text, /# {3}kill -9 15\n# {3}.* where a\n?#? *KillFilter/s);
});

test('variables become an EnvFilter that says what it does not compare', () => {
  const suggestion = suggested('env LC_ALL=C TZ=UTC date +%H\nTZ=... LC_ALL=... date');
  assert.equal(lines(suggestion), ['EnvFilter, env, root, LC_ALL=, TZ=, date']);
  assert.match(suggestion.text, /neither the values nor the words behind/);
});

test('a value that the log withholds is not taken for a word', () => {
  const { filters, declined } = suggested('nice env P=... tool');
  assert.equal(filters, []);
  assert.match(declined[0]?.reason ?? '', /withholds/);
});

test('a command in a network namespace gets a line for the prefix and one for itself', () => {
  assert.equal(linesFor('ip netns exec blue sysctl -w a=1\nip netns exec red sysctl -w a=1'), [
    'IpNetnsExecFilter, ip, root',
    'RegExpFilter, sysctl, root, sysctl, -w, a=1',
  ]);
});

test('shells and interpreters are declined, also behind a prefix or variables', () => {
  const { filters, declined } = suggested(`sh -c id
    /bin/bash x
    python3.11 /x.py
    perl -e 1
    env A=1 sh -c id
    A=1 python3 x
    ip netns exec n sh -c id`);
  assert.equal(filters, []);
  assert.is(declined.flatMap(({ commands }) => commands).length, 8);
});

test('what a class knows by its name is declined under a path', () => {
  const { filters, declined } = suggested(`/bin/kill -9 1
    /bin/kill -9 2
    /usr/bin/env A=1 tool
    /sbin/ip netns exec n tool`);
  assert.equal(filters, []);
  assert.is(declined.flatMap(({ commands }) => commands).length, 4);
  assert.is(linesFor('/sbin/ip link').length, 1);
});

test('scripts behind any prefix are declined', () => {
  for (const text of ['nice sh -c id', 'timeout 5 /bin/bash -xc id', 'find / -exec python3 -c x']) {
    assert.equal(suggested(text).filters, [], text);
  }
  assert.is(suggested('chsh -s sh').filters.length, 1);
});

test('a name that no filter can hold is declined', () => {
  const names = ['a,b', ' x', 'x ', '#x', 'x\ny', 'é', 'a b', '[Filters]'];
  const { filters, declined } = suggest(
    names.map((name) => seen([name, 'x'])),
    NO_JUDGE,
  );
  assert.equal(filters, []);
  assert.is(declined.flatMap(({ commands }) => commands).length, names.length);
});

test('each user has lines of its own, and one that another line takes first is declined', () => {
  const suggestion = suggest(
    [seen(['id']), seen(['id'], { user: 'svc' }), seen(['who'], { user: 'svc' })],
    NO_JUDGE,
  );
  assert.equal(lines(suggestion), ['RegExpFilter, id, root, id', 'RegExpFilter, who, svc, who']);
  assert.match(suggestion.declined[0]?.reason ?? '', /ran as svc, but id comes first/);
});

test('a line that the judge objects to is narrowed, and declined with the line if that does not help', () => {
  const text = 'nice 1\nnice 2\nnice 3\nnice 4';
  const finding = (name: string, line: number): Finding => ({
    rule: 'loose-pattern',
    severity: 'medium',
    file: 'x',
    line,
    filter: name,
    problem: 'takes too much',
    gets: 'runs any program',
  });
  const against = (pattern: RegExp) =>
    suggest(commands(text), ({ definitions }) =>
      definitions
        .filter(({ words }) => pattern.test(words.join()))
        .map(({ source }) => finding(source.name, source.line)),
    );
  assert.equal(lines(against(/\+/)), ['RegExpFilter, nice, root, nice, (1|2|3|4)']);
  assert.equal(
    lines(against(/[+|]/)),
    ['1', '2', '3', '4'].map((word) => `RegExpFilter, nice, root, nice, ${word}`),
  );
  const all = against(/./);
  assert.equal(all.filters, []);
  assert.match(all.text, /^# +check finds loose-pattern \(medium\)/m);
  assert.match(all.text, /^# +nice: RegExpFilter, nice, root, nice, 1$/m);
  assert.equal(policySourceOf(all.text, 'x').definitions, []);
});

test('a finding about no line of its own is passed on', () => {
  const finding: Finding = { rule: 'x', severity: 'high', file: 'x', line: 0, problem: 'y' };
  const { filters, others } = suggest(commands('nice 1'), () => [finding]);
  assert.is(filters.length, 1);
  assert.equal(others, [finding]);
});

test('the worst of several findings is the reason', () => {
  const all = (['medium', 'high', 'low'] as const).map((severity) => ({
    rule: severity,
    severity,
    file: 'x',
    line: 0,
    filter: 'nice',
    problem: 'y',
  }));
  const { declined } = suggest(commands('nice 1'), () => all);
  assert.match(declined[0]?.reason ?? '', 'check finds high');
});

test('a low finding is no reason', () => {
  const low: Finding = {
    rule: 'x',
    severity: 'low',
    file: 'x',
    line: 0,
    filter: 'nice',
    problem: 'y',
  };
  assert.is(suggest(commands('nice 1'), () => [low]).filters.length, 1);
});

test('a program that was called in hundreds of ways is declined', () => {
  const forms = Array.from({ length: 200 }, (_, index) => {
    const letters = [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    return `tool x${letters} y${letters}`;
  });
  const { filters, declined } = suggested(forms.join('\n'));
  assert.equal(filters, []);
  assert.match(declined[0]?.reason ?? '', 'called in 200 different ways');
});

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const hexadecimal = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const address = fc.ipV4();
const tap = hexadecimal(8).map((text) => `tap${text}`);
const realistic = fc.oneof(
  fc
    .tuple(tap, fc.constantFrom('up', 'down'))
    .map(([tap, state]) => ['ip', 'link', 'set', tap, state]),
  fc
    .tuple(address, fc.nat({ max: 32 }), tap)
    .map(([ip, length, tap]) => ['ip', 'addr', 'add', `${ip}/${length}`, 'dev', tap]),
  fc
    .tuple(address, fc.nat(65_535))
    .map(([ip, port]) => [
      'iptables',
      '-A',
      'INPUT',
      '-s',
      ip,
      '--dport',
      String(port),
      '-j',
      'ACCEPT',
    ]),
  fc
    .tuple(fc.constantFrom('svc', 'root:svc'), name)
    .map(([user, name]) => ['chown', user, `/srv/images/${name}`]),
  name.map((name) => ['rm', `/var/lib/app/${name}.lock`]),
  fc.uuid().map((id) => ['mkdir', `/var/lib/nova/${id}`]),
  fc.uuid().map((id) => ['touch', `/var/lib/nova/${id}/disk`]),
  hexadecimal(12).map((id) => ['docker', 'stop', id]),
  fc.stringMatching(/^[a-z]$/).map((letter) => ['mount', '-o', 'ro', `/dev/vd${letter}`, '/mnt/x']),
  name.map((name) => ['tool', `--name=${name}`]),
  fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }).map((words) => ['odd', ...words]),
);
const observed = fc.array(realistic, { minLength: 1, maxLength: 40 });

/** What nobody meant when they ran a word. */
const HOSTILE: readonly ((word: string) => string)[] = [
  (word) => `-${word}`,
  (word) => `--${word}`,
  (word) => `${word}\n`,
  (word) => `${word};id`,
  (word) => `${word} x`,
  (word) => `${word}/../../../etc/shadow`,
  (word) => word.replace(/[^/]*$/, '../../../etc/shadow'),
  (word) => word.replace(/[^/]*$/, '..'),
  () => '-x',
  () => '/etc/shadow',
  () => '/somewhere/else/x',
  () => '..',
  () => '$(id)',
  () => '*',
  () => 'zzz',
];

test('what is suggested takes all that was seen, and no hostile neighbour of it', () => {
  fc.assert(
    fc.property(observed, (all) => {
      const { text, declined } = suggest(
        all.map((words) => seen(words)),
        NO_JUDGE,
      );
      const { policy } = policySourceOf(text, 'test');
      const without = new Set(
        declined.flatMap(({ commands }) => commands.map(({ words }) => String(words))),
      );
      const known = new Set(all.map((words) => JSON.stringify(words)));
      for (const words of all.filter((words) => !without.has(String(words)))) {
        assert.is.not(policy.decide(words).outcome, 'denied', text);
        const neighbours = words.flatMap((word, index) =>
          HOSTILE.map((spoil) => words.with(index, spoil(word))),
        );
        for (const neighbour of [...neighbours, [...words, 'x'], words.slice(0, -1)]) {
          if (neighbour.length === 0 || known.has(JSON.stringify(neighbour))) continue;
          const decision = policy.decide(neighbour);
          if (decision.outcome === 'denied') continue;
          const inDirectory =
            decision.filter.className === 'PathFilter' &&
            (decision.outcome !== 'allowed' ||
              decision.plan.argv.some((word) => word.startsWith('/srv/images')));
          assert.ok(inDirectory, `${JSON.stringify(neighbour)} is taken by ${text}`);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('check itself finds nothing above low in what is suggested', () => {
  const judge = (source: PolicySource) => checkPolicy(source, { trust: false, machine: false });
  fc.assert(
    fc.property(observed, (all) => {
      const { text, filters } = suggest(
        all.map((words) => seen(words)),
        judge,
      );
      const findings = filters.length === 0 ? [] : judge(policySourceOf(text, 'test'));
      assert.equal(
        findings.filter(({ severity }) => severity !== 'low'),
        [],
        text,
      );
    }),
    { numRuns: 15 },
  );
});

test('the order of the log does not matter', () => {
  const shuffled = observed.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      const [one, two] = [all, other].map(
        (list) =>
          suggest(
            list.map((words) => seen(words)),
            NO_JUDGE,
          ).text,
      );
      assert.is(two, one);
    }),
    { numRuns: 50 },
  );
});

test.run();
