import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ipDanger, isNetnsName } from '#src/policy/ip-danger.js';
import { generated } from '../support/generated.js';
import { script, temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** All that a prefix may be. */
function prefixes(word: string, from = 1): string[] {
  return Array.from({ length: word.length - from + 1 }, (_, i) => word.slice(0, from + i));
}

function danger(line: string): string | undefined {
  return ipDanger(line.split(' '));
}

// biome-ignore format: one option each
const FLAGS = [
  '-0', '-4', '-6', '-B', '-D', '-I', '-M', '-s', '-st', '-stats', '-stat', '-statistics', '-d', '-details',
  '-h', '-human', '-human-readable', '-iec', '-i', '-j', '-json', '-p', '-pretty', '-r', '-resolve', '-o',
  '-oneline', '-t', '-timestamp', '-ts', '-tshort', '-br', '-brief', '-f', '-fo', '-force', '-a', '-all',
  '-N', '-Numeric', '-c', '-color', '-c=never', '-col=auto', '-color=always', '-V', '-Version', '-he',
  '-help', '-e', '-echo',
];
const VALUED = ['-family', '-fam', '-fa', '-f', '-loops', '-l', '-lo', '-rcvbuf', '-rc', '-r'];
const NETNS = prefixes('-netns', 2);
const EXECS = [
  'netns exec ns sh',
  'net e ns sh',
  'netn exe ns sh',
  'vrf exec red sh',
  'v e red sh',
];

test('exec behind every flag, with one dash or two, is danger', () => {
  for (const exec of EXECS) {
    for (const flag of FLAGS) {
      assert.ok(danger(`${flag} ${exec}`), `${flag} ${exec}`);
      assert.ok(danger(`-${flag} ${exec}`), `-${flag} ${exec}`);
      assert.ok(danger(`${flag} -s ${flag} ${exec}`), `${flag} -s ${flag} ${exec}`);
    }
  }
});

test('exec behind every option that takes a value is danger', () => {
  for (const exec of EXECS) {
    for (const option of [...VALUED, ...NETNS]) {
      assert.ok(danger(`${option} inet ${exec}`), option);
      assert.ok(danger(`-${option} inet ${exec}`), `-${option}`);
    }
  }
});

test('a value that looks like an object, an option or a dash is still a value', () => {
  for (const value of ['link', 'route', '-4', '-', '--', '-s', 'netns', 'help']) {
    assert.ok(danger(`-n ${value} netns exec ns sh`), value);
    assert.ok(danger(`-l ${value} vrf exec red sh`), value);
    assert.ok(danger(`-loops ${value} -f link -rcvbuf ${value} net e ns sh`), value);
  }
});

test('an option that may or may not take a value is read both ways', () => {
  assert.ok(danger('-r netns exec ns sh'));
  assert.ok(danger('-r 1 netns exec ns sh'));
  assert.ok(danger('-f netns exec ns sh'));
  assert.ok(danger('-f -f netns exec ns sh'));
});

test('every prefix of every object and subcommand through which ip runs a program is danger', () => {
  for (const object of [...prefixes('netns'), ...prefixes('vrf')]) {
    for (const exec of prefixes('exec')) assert.ok(danger(`${object} ${exec} x sh`));
  }
});

test('exec behind -- is danger, alone and after options', () => {
  assert.ok(danger('-- netns exec ns sh'));
  assert.ok(danger('-4 -- vrf exec red sh'));
  assert.ok(danger('-n ns -- netns e ns sh'));
});

test('a file of commands is danger in every spelling', () => {
  for (const option of [...prefixes('-batch'), ...prefixes('--batch', 3)]) {
    assert.ok(danger(`${option} file`), option);
    assert.ok(danger(`-force ${option} file`), option);
    assert.ok(danger(`-n ns ${option} -`), option);
  }
  assert.ok(danger('-batch'));
});

test('a lone dash is danger: to ip it is a prefix of any option', () => {
  assert.ok(danger('- file'));
  assert.ok(danger('- 1 netns exec ns sh'));
  assert.ok(danger('-s - file'));
});

test('an unknown option is danger, for who knows what it takes', () => {
  for (const option of [
    '-x',
    '-batchfile',
    '---batch',
    '---',
    '-nets',
    '-4x',
    '-color1',
    '-S',
    '-F',
  ]) {
    assert.ok(danger(`${option} link`), option);
  }
  assert.ok(danger('-netns=ns link'));
  assert.ok(danger('-family=inet link'));
});

test('an empty word is danger where it may stand for an object or a subcommand', () => {
  assert.ok(ipDanger(['', 'exec', 'ns', 'sh']));
  assert.ok(ipDanger(['netns', '', 'ns', 'sh']));
  assert.ok(ipDanger(['-4', '', '', 'ns', 'sh']));
  assert.ok(ipDanger(['--', '', 'e', 'ns', 'sh']));
});

test('what is no object here is danger, for who knows what it takes', () => {
  for (const line of [
    'exec ns sh',
    'NETNS exec ns sh',
    'netnsx exec ns sh',
    '-4 xdp file',
    '-- new',
  ]) {
    assert.match(danger(line) ?? '', /is no object of ip known here/, line);
  }
  assert.is(danger('-V'), undefined);
  assert.is(danger('-f inet addr'), undefined, 'one reading has an object');
});

test('a namespace for -netns must be a name', () => {
  for (const option of [...NETNS, '--netns']) {
    assert.match(
      danger(`${option} ../../tmp/evil link`) ?? '',
      /not the name of a network namespace/,
    );
    assert.match(
      danger(`-4 ${option} /proc/1/ns/net link`) ?? '',
      /not the name of a network namespace/,
    );
    assert.match(danger(`${option} .. link`) ?? '', /not the name of a network namespace/);
    assert.is(danger(`${option} qrouter-5a9d link`), undefined);
  }
});

test('names of network namespaces are file names', () => {
  for (const name of ['', '.', '..', '/', 'a/b', '/tmp/x', 'a/', 'x'.repeat(256), 'ä'.repeat(128)])
    assert.not(isNetnsName(name));
  for (const name of ['ns', 'a.b', '...', '-x', 'a b', 'qdhcp-1', 'x'.repeat(255)])
    assert.ok(isNetnsName(name));
});

test('a color may be told to the option, shortened as it may be', () => {
  for (const option of ['-c', '-col', '-color', '--color']) {
    for (const when of ['always', 'auto', 'never']) {
      assert.is(danger(`${option}=${when} link`), undefined);
      assert.ok(danger(`${option}=${when} netns exec ns sh`));
    }
  }
});

testWith(
  ['root', 'iproute2', 'network namespaces', 'mount namespaces'],
  'whatever makes ip itself run a program is danger',
  () => {
    const directory = temporaryDirectory();
    const program = script(join(directory, 'program'), `: > ${directory}/$RUN`);
    const batch = join(directory, 'batch');
    writeFileSync(batch, `netns exec ns ${program}\n`);
    const commands = fc.sample(randomCommand(program, batch), generated(400));
    const lines = commands.map((words, run) => `RUN=${run} ip '${words.join("' '")}'`);
    const setup = [
      'mount -t tmpfs none /run',
      ...['ns', 'link', 'netns'].map((n) => `ip netns add ${n}`),
    ];
    const text = [...setup, ...lines].join(' </dev/null >/dev/null 2>&1\n');
    spawnSync('unshare', ['-n', '-m', 'sh', script(join(directory, 'all'), text)]);
    const run = commands.filter((_, index) => existsSync(join(directory, String(index))));
    assert.ok(run.length > 20, `ip ran the program ${run.length} times only`);
    for (const words of run) assert.ok(ipDanger(words), words.join(' '));
  },
);

/** Random options, then something through which ip may run the program, with luck. */
function randomCommand(program: string, batch: string): fc.Arbitrary<string[]> {
  const words = [
    ...FLAGS,
    ...VALUED,
    ...NETNS,
    '--',
    '-',
    'ns',
    'link',
    'netns',
    '1',
    'inet',
    'vrf',
  ];
  const ends = ['-b', '-ba', '--batch', '-force -batch'].map((option) => `${option} ${batch}`);
  const execs = ['netns exec ns', 'net e link', 'netn ex netns', 'netns exec', 'exec ns'];
  const end = fc.constantFrom(...ends, ...execs.map((exec) => `${exec} ${program}`), `${batch}`);
  const options = fc.array(fc.constantFrom(...words), { maxLength: 3 });
  return fc.tuple(options, end).map(([before, last]) => [...before, ...last.split(' ')]);
}

function readMany(count: number): void {
  const words = Array.from({ length: count }, () => '-r');
  assert.is(ipDanger([...words, 'link']), undefined);
  assert.ok(ipDanger([...words, 'netns', 'exec', 'ns', 'sh']));
  for (const object of ['n', 'm', 'v', 'xfrm', 'route']) {
    const readings = Array.from({ length: count / 2 }, () => ['-r', object]).flat();
    assert.is(ipDanger([...readings, 'link', 'show']), undefined, object);
  }
}

/** Microseconds of processor time, the least of three. */
function costOfMany(count: number): number {
  const costs = [1, 2, 3].map(() => {
    const before = process.cpuUsage().user;
    readMany(count);
    return process.cpuUsage().user - before;
  });
  return Math.min(...costs);
}

test('many options are read in linear time', () => {
  readMany(2000); // compiles
  const ratio = costOfMany(32_000) / Math.max(1000, costOfMany(2000));
  assert.ok(ratio < 100, `16 times as many took ${ratio} times as long`); // not 256
});

test('a BPF object behind any of the words for one is danger, wherever they stand', () => {
  for (const word of ['xdp', 'xdpgeneric', 'xdpdrv', 'xdpoffload']) {
    for (const what of ['object', 'obj', 'o', 'pinned', 'fd', 'x']) {
      assert.ok(ipDanger(`link set dev eth0 ${word} ${what} file`.split(' ')), `${word} ${what}`);
      assert.ok(ipDanger(`-4 l add name x ${word} ${what} file type dummy`.split(' ')), word);
    }
    for (const off of ['off', 'none']) {
      assert.is(ipDanger(['link', 'set', 'eth0', word, off]), undefined);
      assert.ok(ipDanger(['link', 'set', 'eth0', word, off, word, 'obj', 'file']), 'a second one');
    }
  }
  assert.ok(ipDanger('route add 192.0.2.0/24 encap bpf in obj file dev lo'.split(' ')));
  const local = 'route add fc00::1/128 encap seg6local action End';
  assert.ok(ipDanger(`-6 ${local}.BPF endpoint obj file sec x dev lo`.split(' ')));
  assert.ok(ipDanger(`${local} count endpoint obj file dev lo`.split(' ')), 'without its action');
  assert.is(ipDanger(`${local}.DX6 nh6 fc00::2 dev lo`.split(' ')), undefined);
  assert.is(ipDanger('mptcp endpoint add 192.0.2.1 subflow'.split(' ')), undefined);
  assert.is(ipDanger('route add 192.0.2.0/24 encap mpls 100 dev lo'.split(' ')), undefined);
  assert.is(ipDanger('link show dev xdp'.split(' ')), undefined);
});

testWith(['iproute2'], 'ip itself takes no shorter words for BPF objects', () => {
  for (const word of ['x', 'xd', 'xdpg', 'xdpd', 'xdpo']) {
    const { stderr } = spawnSync('ip', ['link', 'set', 'dev', 'lo', word, 'obj', '/nonexistent']);
    assert.match(stderr.toString(), /garbage/, word);
  }
  for (const words of [
    ['enc', 'bpf'],
    ['encap', 'bp'],
    ['encap', 'b'],
  ]) {
    const { stderr } = spawnSync('ip', [
      'route',
      'add',
      '192.0.2.0/24',
      ...words,
      'in',
      'obj',
      '/x',
    ]);
    assert.match(stderr.toString(), /garbage|wrong/, words.join(' '));
  }
  for (const words of ['seg6loca action End.BPF endpoint', 'seg6local action End.BPF endpoin']) {
    const route = `-6 route add fc00::1/128 encap ${words} obj /nonexistent dev lo`;
    const { stderr } = spawnSync('ip', route.split(' '));
    assert.match(stderr.toString(), /garbage|wrong/, words);
  }
});

test.run();
