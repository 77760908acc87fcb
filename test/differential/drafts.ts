import type { SeededRandom } from '../config/seeded-random.js';
import type { Draft } from './draft.js';
import { ABSENT, PROGRAMS, type World } from './world.js';

type Maker = (random: SeededRandom, world: World) => Draft;

/** One maker of filters, and of commands that suit them, for each class. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  CommandFilter: (random, world) => {
    const exec = executable(random, world);
    return {
      value: `CommandFilter, ${exec}, ${user(random)}${random.pick(['', ', ignored', ', a, b'])}`,
      sample: (random) => [called(exec, random), ...some(ARGUMENTS, random, 3)],
    };
  },

  RegExpFilter: (random, world) => {
    const exec = executable(random, world);
    const pairs = [firstPattern(exec, random), ...some(PATTERNS, random, 4)];
    return {
      value: ['RegExpFilter', exec, user(random), ...pairs.map(([pattern]) => pattern)].join(', '),
      sample: (random) => pairs.map((pair) => wordFor(pair, random)),
    };
  },

  PathFilter: (random, world) => {
    const exec = executable(random, world);
    const { images } = world;
    const directories = [images, images, `${images}/sub`, `${images}/`, '/', `${images}/open`];
    const constraints = [
      random.pick(directories),
      ...some(['pass', 'nova', '-R', ...directories], random, 2),
    ];
    return {
      value: ['PathFilter', exec, user(random), ...constraints].join(', '),
      sample: (random) => [
        called(exec, random),
        ...constraints.map((constraint) => {
          if (constraint.startsWith('/')) return random.pick(world.paths);
          return constraint === 'pass' ? random.pick(ARGUMENTS) : constraint;
        }),
      ],
    };
  },

  EnvFilter: (random, world) => {
    const variables = some(['A=', 'B=x', 'LC_ALL=C', 'A=2', 'LVM_SYSTEM_DIR='], random, 3);
    const program = executable(random, world);
    const exec = random.pick(['env', 'env', 'env', '/usr/bin/env', program]);
    const rest = random.chance(80) ? [program, ...some(['-o', 'x'], random, 1)] : [];
    return {
      value: ['EnvFilter', exec, user(random), ...variables, ...rest].join(', '),
      sample: (random) => [
        ...random.pick([['env'], ['env'], [], ['env', 'env']]),
        ...variables.map(
          (word) => `${word.split('=')[0]}=${random.pick(['', 'C', '/a/b', 'x=y'])}`,
        ),
        called(program, random),
        ...some(ARGUMENTS, random, 3),
      ],
    };
  },

  ReadFileFilter: (random, world) => {
    const path = random.pick(['/etc/hosts', 'hosts', ...world.paths]);
    return {
      value: `ReadFileFilter, ${path}${random.pick(['', '', ', extra'])}`,
      sample: (random) => [random.pick(['cat', 'cat', 'cat', '/bin/cat']), path],
    };
  },

  KillFilter: (random, world) => {
    const target = random.pick(world.processes);
    const program = random.pick([target.path, target.name, target.name]);
    const signals = some(SIGNALS, random, 3);
    return {
      value: ['KillFilter', user(random), program, ...signals].join(', '),
      sample: (random) => {
        const { pid } = random.chance(75) ? target : random.pick(world.processes);
        const signal = signals.length > 0 ? random.pick(signals) : random.chance(10) && '-9';
        return ['kill', ...(signal ? [signal] : []), oddPid(pid, random)];
      },
    };
  },

  IpFilter: (random) => ({
    value: `IpFilter, ${random.pick(['ip', 'ip', ABSENT])}, ${user(random)}`,
    sample: ipCommand,
  }),

  IpNetnsExecFilter: (random) => ({
    value: `IpNetnsExecFilter, ${random.pick(['ip', 'ip', 'ip', ABSENT])}, ${random.pick(['root', 'root', 'root', 'nobody'])}`,
    sample: (random) => [
      'ip',
      random.pick(['netns', 'netns', 'netn', 'net', 'ne', 'n']),
      random.pick(['exec', 'exec', 'exe', 'ex', 'e', 'add', '']),
      random.pick(['ns', 'qrouter-1', 'ns', '../ns', '/run/netns/ns', '..', '.', '']),
    ],
  }),

  ChainingRegExpFilter: (random, world) => {
    const exec = random.pick(['nice', 'ionice', executable(random, world)]);
    const pairs = random.chance(95)
      ? [firstPattern(exec, random), ...some(PATTERNS, random, 2)]
      : [];
    return {
      value: ['ChainingRegExpFilter', exec, user(random), ...pairs.map(([p]) => p)].join(', '),
      sample: (random) => pairs.map((pair) => wordFor(pair, random)),
    };
  },

  ChainingFilter: (random, world) => {
    const exec = executable(random, world);
    return {
      value: `ChainingFilter, ${exec}, ${user(random)}`,
      sample: (random) => [called(exec, random), ...some(ARGUMENTS, random, 2)],
    };
  },
};

/** Classes whose commands are a prefix to a command of another filter. */
export const CHAINING = ['IpNetnsExecFilter', 'ChainingRegExpFilter'];

/** Classes whose commands may stand behind such a prefix. */
export const LEAVES = Object.keys(MAKERS).filter(
  (name) => !CHAINING.includes(name) && name !== 'ChainingFilter',
);

export function make(name: string, random: SeededRandom, world: World): Draft {
  const maker = MAKERS[name];
  if (maker === undefined) throw new Error(`no class ${name}`);
  return maker(random, world);
}

const ARGUMENTS = [
  '-l',
  '-9',
  'a',
  'x y',
  '/etc/hosts',
  '',
  '--',
  'A=1',
  '..',
  "it's",
  'ümlaut',
  '-o',
];
const SIGNALS = ['-9', '-15', '-HUP', '-SIGTERM', '-RTMIN+1', '-FOO', '9', '-l', '-65', '--', '-s'];

/** A pattern, a word that matches it (if any does) and words around that. */
type Pair = readonly [pattern: string, words: readonly string[]];

const PATTERNS: readonly Pair[] = [
  ['-l', ['-l', '-l\n', '-L']],
  ['\\d+', ['12', '12\n', '١', 'x12', '']],
  ['a|b', ['a', 'b', 'axyz', 'xb', 'a\n']],
  ['(a|b)', ['a', 'b', 'axyz', 'b\n']],
  ['.*', ['', 'any', 'a\nb', 'a\n']],
  ['/etc/(?!\\.\\.).*', ['/etc/x', '/etc/../x', '/etc/']],
  ['^[/]*([^/\\0]+(/+)?)*$', ['/a/b', '/a//b/', 'a', 'a\n', '/']],
  ['(?i)eth[0-9]', ['eth0', 'ETH1', 'eth', 'eth10']],
  ['(?P<name>x)(?P=name)', ['xx', 'x', 'xx\n']],
  ['x{,3}', ['', 'xxx', 'xxxx']],
  ['[[:alpha:]]', ['a]', 'a', ':]']],
  ['\\S+\\Z', ['a', 'a b', 'a\n']],
  ['a++b', ['aab', 'b']],
  ['(?>a|ab)', ['a', 'ab']],
  ['(a)?(?(1)b|c)', ['ab', 'c', 'ac']],
  ['a(b', ['a(b', 'ab']],
  ['$', ['', '\n', 'x']],
  ['dev\\', ['dev$', 'dev\\']],
  ['%.*', ['%f', 'f']],
  ['(?x) a b # c', ['ab', 'abc', 'a b']],
  ['(?m)a', ['a', 'a\nrm', 'b']],
  ['(?<=x)y|xy', ['xy', 'y']],
];

function wordFor([, words]: Pair, random: SeededRandom): string {
  return random.chance(60) ? (words[0] ?? '') : random.pick(words);
}

function firstPattern(exec: string, random: SeededRandom): Pair {
  const base = exec.split('/').at(-1) ?? exec;
  return random.pick<Pair>([
    [base, [base]],
    [base, [base]],
    [exec, [exec, base]],
    [`(/bin/)?${base}`, [base, `/bin/${base}`]],
    ['.*', [base, exec]],
    [`${base}|sh`, [base, 'sh', 'shred', `${base}\n`]],
  ]);
}

function user(random: SeededRandom): string {
  return random.pick(['root', 'root', 'root', 'nobody', 'daemon']);
}

/** A name or a path of a program; sometimes of none, or of a directory. */
function executable(random: SeededRandom, { execDirs }: World): string {
  const name = random.pick(PROGRAMS);
  const [first = '', second = ''] = execDirs;
  return random.pick([
    name, name, name, name, name,
    `${first}/${name}`, `${second}/cat`,
    ABSENT, `/nowhere/${name}`, 'late', 'folder', `${first}/folder`, `${first}/`,
  ]); // biome-ignore format: a table
}

/** How a caller writes it: mostly by base name. */
function called(exec: string, random: SeededRandom): string {
  const base = exec.split('/').at(-1) ?? exec;
  return random.pick([base, base, base, exec, exec, `/bin/${base}`, `./${base}`, `/${exec}`]);
}

function some<T>(choices: readonly T[], random: SeededRandom, most: number): T[] {
  return Array.from({ length: random.below(most + 1) }, () => random.pick(choices));
}

function oddPid(pid: number, random: SeededRandom): string {
  const text = String(pid);
  if (random.chance(60)) return text;
  return random.pick([
    `0${text}`, `+${text}`, ` ${text}`, `${text} `, `${text}\n`, `-${text}`, `${text}.0`, `0x${pid.toString(16)}`,
    text.split('').join('_'), [...text].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
    '0', '-1', '1', '999999999', '9'.repeat(40), 'self', `${text}/../${text}`, '',
  ]); // biome-ignore format: a table
}

function ipCommand(random: SeededRandom): string[] {
  const options = some<readonly string[]>(IP_OPTIONS, random, 2).flat();
  return ['ip', ...options, ...random.pick(IP_COMMANDS)];
}

const IP_OPTIONS: readonly (readonly string[])[] = [
  ['-4'], ['-6'], ['-o'], ['-br'], ['-color=auto'], ['-c'], ['-j'], ['--json'], ['-d'], ['-a'], ['-all'],
  ['-s'], ['-f', 'inet'], ['-family', 'inet6'], ['-n', 'ns'], ['-netns', 'ns'], ['-n', '../ns'], ['-netns', '/x'],
  ['-b', 'file'], ['-batch', 'file'], ['--ba', 'file'], ['-force'], ['-l', '3'], ['-rc', '9'], ['-zzz'], ['-r'],
  ['--'], ['-t'], ['-ts'], ['-h'], ['-V'], ['-N'], ['-m'], ['-rcvbuf', 'netns'], ['-loops', 'vrf'],
]; // biome-ignore format: a table
const IP_COMMANDS: readonly (readonly string[])[] = [
  ['link'], ['link', 'show'], ['a'], ['addr', 'add', '10.0.0.1/8', 'dev', 'eth0'], ['route', 'list'], [],
  ['netns', 'list'], ['netns', 'add', 'ns'], ['netns', 'exec', 'ns', 'sh'], ['net', 'e', 'ns', 'sh'],
  ['n', 'exec', 'ns', 'sh'], ['netn', 'ex', 'ns'], ['ne', 'exe', 'ns', 'sh'], ['vrf', 'exec', 'v', 'sh'],
  ['v', 'e', 'v', 'sh'], ['vrf', 'show'], ['netns', 'del', 'exec'], ['netns', 'pids', 'ns'],
  ['link', 'set', 'netns', 'exec'], ['link', 'add', 'netns', 'type', 'veth'], ['neigh', 'show'],
  ['link', 'set', 'x', 'netns', 'e', 'netns', 'exec'],
]; // biome-ignore format: a table
