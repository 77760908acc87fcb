import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ipDanger } from '#src/policy/ip-danger.js';
import { ROOT } from '../support/executable.js';
import { generated } from '../support/generated.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

/** What each object of ip compares its words with, from iproute2 6.1 to 7.1: scripts/ip-words.js. */
const WORDS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(ROOT, 'test/policy/ip-words.json'), 'utf8'),
);

/** Objects that ip.c lists under a second name. */
const ALIASES = ['help', 'neighbour', 'ntbl', 'tunl', 'tap', 'tcpmetrics'];

/** A word of the caller's that no object means anything by. */
const CANARY = 'canary7f3a';

/** Each spelling from that many letters on. */
function spelled(word: string, from: number): string[] {
  return Array.from({ length: word.length - from + 1 }, (_, i) => word.slice(0, from + i));
}

interface Form {
  /** One list of spellings for each word. */
  readonly words: readonly (readonly string[])[];
}

function form(...words: (string | readonly string[])[]): Form {
  return { words: words.map((word) => (typeof word === 'string' ? [word] : word)) };
}

const PATHS = [
  `/tmp/${CANARY}`,
  `./${CANARY}`,
  `../../tmp/${CANARY}`,
  `a/${CANARY}`,
  '.',
  '..',
  '',
];
const ALL = ['-a', '-al', '-all', '--a', '--al', '--all'];
const NETNS = spelled('netns', 3);

/** What ip opens, runs or loads by words of the caller's: each form in all of its spellings. */
const DANGEROUS: readonly Form[] = [
  form([...spelled('-batch', 2), ...spelled('--batch', 3)], CANARY),
  form([...spelled('-netns', 2), ...spelled('--netns', 3)], PATHS, 'link'),
  form(NETNS, spelled('exec', 1), 'ns', CANARY),
  form(ALL, NETNS, spelled('exec', 1), CANARY),
  form(spelled('vrf', 1), spelled('exec', 1), 'red', CANARY),
  form(spelled('monitor', 2), spelled('file', 1), [CANARY, ...PATHS]),
  form('monitor', ['all', 'label', 'link'], spelled('file', 1), CANARY),
  form(spelled('xfrm', 1), spelled('monitor', 1), spelled('file', 1), [CANARY, ...PATHS]),
  form('xfrm', 'monitor', 'all-nsid', spelled('file', 1), CANARY),
  form(NETNS, [...spelled('add', 1), ...spelled('delete', 1), ...spelled('pids', 1)], PATHS),
  form(NETNS, spelled('attach', 2), PATHS, '1'),
  form(NETNS, spelled('set', 2), PATHS, ['auto', '1']),
  form(NETNS, spelled('identify', 1), PATHS),
  form(ALL, NETNS, ['add', 'a', 'attach', 'at', 'delete', 'set', 'pids', 'identify'], PATHS),
  form(ALL, NETNS, ['delete', 'list', 'monitor']),
  form(ALL, NETNS),
  form(spelled('vrf', 1), spelled('pids', 1), PATHS),
  form(spelled('link', 1), ['set', 'add', 'replace'], 'lo', 'netns', PATHS),
  form('link', 'add', 'a', ['t', 'type'], 'veth', 'peer', 'b', 'netns', PATHS),
  form('link', 'add', 'a', spelled('link-netns', 5), PATHS, 'type', 'dummy'),
  form('link', ['add', 'replace'], 'a', spelled('type', 1), [...PATHS]),
  form('link', 'xstats', spelled('type', 1), PATHS),
  form('link', spelled('help', 1), PATHS),
  form('link', 'set', 'lo', ['xdp', 'xdpgeneric', 'xdpdrv', 'xdpoffload'], ['object', 'o'], CANARY),
  form(['route', 'r'], 'add', '10.0.0.0/8', 'encap', 'bpf', ['in', 'out', 'xmit'], 'obj', CANARY),
  form('nexthop', 'add', 'id', '7', 'encap', 'bpf', 'in', 'obj', CANARY),
  form(
    'route',
    'add',
    'fc00::1',
    'encap',
    'seg6local',
    'action',
    'End.BPF',
    'endpoint',
    'o',
    CANARY,
  ),
  form(spelled('address', 1), [...spelled('restore', 3), ...spelled('showdump', 5)]),
  form(spelled('route', 1), [...spelled('restore', 3), ...spelled('showdump', 5)]),
  form([...spelled('rule', 2), ...spelled('mrule', 3)], spelled('restore', 1)),
];

/** Global options that may stand before any of them. */
const OPTIONS: readonly (readonly string[])[] = [
  [],
  ['-4'],
  ['--details', '-s'],
  ['-f', 'inet6'],
  ['-family', 'link'],
  ['-n', 'blue'],
  ['-color=never', '-o', '-j'],
  ['-rc', '4096'],
  ['-l', 'netns'],
  ['-force', '--'],
];

function combinations({ words }: Form): string[][] {
  return words.reduce<string[][]>(
    (lists, choices) => lists.flatMap((list) => choices.map((choice) => [...list, choice])),
    [[]],
  );
}

test('every form by which ip opens, runs or loads something is refused in every spelling', () => {
  let count = 0;
  for (const words of DANGEROUS.flatMap(combinations)) {
    for (const options of OPTIONS) {
      if (options.at(-1) === '--' && words[0]?.startsWith('-')) continue;
      assert.ok(ipDanger([...options, ...words]), [...options, ...words].join(' '));
      count++;
    }
  }
  assert.ok(count > 10_000, `${count}`);
});

// biome-ignore format: one command each
const HARMLESS = [
  'link add veth0 type veth peer name veth1', 'link add tap0 type veth peer name tap1 netns qdhcp-1',
  'link set veth1 netns qrouter-5a9d', 'link set veth1 netns 4711', 'link add a link-netns blue type veth',
  'netns add qrouter-1', 'netns del qrouter-1', '-o netns list', 'netns list', 'netns pids blue', 'net a blue',
  'netns set blue auto', 'netns attach blue 4711', 'netns identify 4711', 'netns list-id nsid 3',
  '-6 route list dev eth0 scope link', '-4 route replace default via 10.0.0.1 dev eth0 proto static table 254',
  'addr show eth0 permanent', 'addr show dev eth0 scope global', '-6 addr add 2001:db8::1/64 scope global dev eth0',
  '-4 addr add 10.0.0.1/24 brd 10.0.0.255 scope global dev eth0', 'addr del 10.0.0.1/24 dev eth0', 'a s', 'a sh',
  'neigh replace 10.0.0.5 lladdr fa:16:3e:00:00:02 nud permanent dev eth0', 'neigh show to 10.0.0.0/24 dev eth0',
  'n s to 10.0.0.0/24', '-s neigh flush 10.0.0.0/24', '-4 rule add from 10.0.0.0/24 table 16 priority 100',
  '-6 rule add not fwmark 0x1/0xffff iif eth0 lookup 16', '-4 rule list', 'rule del priority 100', 'ru s',
  'link set eth0 alias /srv/uplink', 'link set eth0 up', 'link set dev eth0 mtu 1450', '-o link show eth0',
  'link add vxlan-1 type vxlan id 1 group 239.1.1.1 dev eth0 ttl 64 local 10.0.0.1', 'link set eth0 promisc on',
  'link add link eth0 name eth0.5 type vlan id 5', 'link set eth0 xdp off', 'link set eth0 vf 3 vlan 5 spoofchk on',
  'tunnel add t1 mode gre remote 10.0.0.2 local 10.0.0.1', '-6 tunnel add t2 mode ip6gre remote fc00::2',
  'tunnel show t1', 'tuntap add mode tap tap0 user nova', 'route get 8.8.8.8', 'route add blackhole 10.9.0.0/16',
  'route show match 10.0.0.0/8', 'route flush cache', '-M route add 100 as 200/300 dev lo', 'route save', 'r r 10.0.0.0/8 dev lo',
  'nexthop add id 7 group 1,10/2,20', 'xfrm state flush', 'xfrm policy f', 'xfrm monitor acquire',
  'xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.0.0.1 dst 10.1.0.1 proto esp mode tunnel',
  'monitor link address', '-ts monitor all', 'monitor label dev eth0', 'vrf show', 'vrf pids red', 'maddr show dev eth0',
  'token set ::1:2/64 dev eth0', 'mptcp endpoint add 10.0.0.1 subflow', 'macsec show', 'stats show dev eth0',
  'tcp_metrics show 10.0.0.0/24', 'l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 local 10.0.0.1 remote 10.0.0.2',
  'sr tunsrc show', 'ioam namespace show', 'fou add port 5555 ipproto 4', 'help', 'link help vlan', '-a addr show',
];

test('what network services call is not refused', () => {
  for (const line of HARMLESS) assert.is(ipDanger(line.split(' ')), undefined, line);
});

test('every object of ip’s sources is known, in every spelling', () => {
  for (const object of [...Object.keys(WORDS), ...ALIASES]) {
    for (const word of spelled(object, 1)) assert.is(ipDanger([word]), undefined, word);
  }
});

test('behind every word of every object a path of the caller’s is refused', () => {
  for (const [object, words] of Object.entries(WORDS)) {
    for (const word of words.split(' ')) {
      if (word === 'alias') continue;
      for (const path of [`/${CANARY}`, `./${CANARY}`, `../${CANARY}`]) {
        assert.ok(ipDanger([object, 'set', word, path]), `${object} set ${word} ${path}`);
        assert.ok(ipDanger([object, word, path, 'x']), `${object} ${word} ${path}`);
      }
    }
  }
});

const TOOLS = ['root', 'iproute2', 'strace', 'network namespaces', 'mount namespaces'] as const;

testWith(TOOLS, 'ip itself opens the canary in what is refused for it', () => {
  const lines = [
    ['monitor', 'file', CANARY],
    ['mo', 'all', 'f', CANARY],
    ['xfrm', 'm', 'fi', CANARY],
    ['-b', CANARY],
    ['netns', 'exec', 'ns', CANARY],
    ['-a', 'netns', 'add', `../../tmp/${CANARY}`],
    ['link', 'set', 'lo', 'netns', `./${CANARY}`],
    ['link', 'add', 'zz', 'link-', `./${CANARY}`, 'type', 'dummy'],
    ['link', 'set', 'dev', 'lo', 'xdpgeneric', 'obj', CANARY],
    ['-n', `../../tmp/${CANARY}`, 'link'],
  ];
  const opened = trace(lines);
  for (const [index, line] of lines.entries()) {
    assert.ok(ipDanger(line), line.join(' '));
    assert.ok(opened[index]?.some(isCallers), `ip opens nothing: ${line.join(' ')}`);
  }
});

testWith(
  TOOLS,
  'what is not refused opens no path of the caller’s, behind any word of ip’s',
  () => {
    const lines = Object.entries(WORDS).flatMap(([object, words]) =>
      words
        .split(' ')
        .flatMap((word) => commands(object, word))
        .filter((line) => ipDanger(line) === undefined),
    );
    const wanted = Math.ceil(lines.length * Number(process.env.TSROOTWRAP_SHARE ?? 0.004));
    const { seed } = generated(wanted);
    const sample = fc.sample(fc.constantFrom(...lines), { seed, numRuns: wanted });
    for (const [index, paths] of trace(sample).entries()) {
      const path = paths.find(isCallers);
      assert.is(path, undefined, `ip ${sample[index]?.join(' ')} opens ${path}`);
    }
  },
);

/** Commands that give the canary to a word of an object's. */
function commands(object: string, word: string): string[][] {
  const values = [CANARY, `a/${CANARY}`];
  const behind = object === 'link' ? ['add', 'set', 'show'] : ['add', 'show', 'set', 'monitor'];
  return values.flatMap((value) => [
    [object, word, value],
    ...behind.flatMap((subcommand) => [
      [object, subcommand, word, value],
      [object, subcommand, 'dev', 'lo', word, value],
      [object, subcommand, '10.9.0.0/24', 'dev', 'lo', word, value],
      [object, subcommand, 'name', 'x', 'type', word, value],
    ]),
  ]);
}

/** Where ip looks for names that root gave: what is below it is not the caller's. */
const ROOTS =
  /^(\/var)?\/run\/netns\/|^\/etc\/(netns|iproute2)\/|^\/usr\/lib\/.*\/link_|^\/sys\/|^\/proc\//;

function isCallers(path: string): boolean {
  return path.includes('/../') || !ROOTS.test(path);
}

/**
 * Runs ip with each of these lines in new namespaces.
 *
 * @returns for each line, the paths with the canary in them that ip or what it ran came to
 */
function trace(lines: readonly (readonly string[])[]): string[][] {
  const directory = temporaryDirectory();
  const output = join(directory, 'trace');
  const script = join(directory, 'lines');
  const marked = lines.map((line, index) => {
    const waits = line.some((word) => /^m/.test(word)) ? 'timeout -s KILL 1 ' : '';
    return `[ -e /line-${index} ]\n${waits}ip '${line.join("' '")}'\n`;
  });
  writeFileSync(join(directory, CANARY), 'netns\n');
  const setup = 'mount -t tmpfs none /run\nip netns add ns\nip link set lo up\n';
  writeFileSync(script, `cd ${directory}\n${setup}${marked.join('')}`);
  const words = ['-f', '-qq', '-s', '4096', '-e', 'trace=%file,setns', '-e', 'signal=none'];
  const { status, stderr } = spawnSync(
    'unshare',
    ['-n', '-m', 'strace', ...words, '-o', output, 'sh', script],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 30 },
  );
  assert.ok(status !== null && !stderr.includes('strace:'), stderr.slice(0, 500));
  const found: string[][] = lines.map(() => []);
  let line = -1;
  for (const call of readFileSync(output, 'utf8').split('\n')) {
    const marker = /"\/line-(\d+)"/.exec(call);
    if (marker !== null) line = Number(marker[1]);
    if (/execve\("[^"]*\/(ip|timeout)"/.test(call)) continue; // words of the line itself
    for (const [, path = ''] of call.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
      if (path.includes(CANARY)) found[line]?.push(path);
    }
  }
  assert.is(line, lines.length - 1, 'a line was not run');
  return found;
}

test.run();
