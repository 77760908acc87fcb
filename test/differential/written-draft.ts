import type { SeededRandom } from '../config/seeded-random.js';
import type { Draft } from './draft.js';
import type { World } from './world.js';

/** A draft for a filter that somebody wrote: commands are made from its own words. */
export function draftOf(value: string, world: World): Draft {
  const [className = '', ...words] = value.split(',').map((word) => word.trim());
  const sampler = SAMPLERS[className] ?? (() => [...words]);
  return { value, sample: (random) => sampler(words, random, world) };
}

/** The base name of the program that a filter needs in exec_dirs, if it names one by name. */
export function programOf(value: string): string | undefined {
  const [className = '', exec = '', , ...rest] = value.split(',').map((word) => word.trim());
  const program = className === 'EnvFilter' ? rest.find((word) => !word.includes('=')) : exec;
  const named = !['KillFilter', 'ReadFileFilter'].includes(className) && program !== undefined;
  return named && /^[\w.+-]+$/.test(program) ? program : undefined;
}

type Sampler = (words: readonly string[], random: SeededRandom, world: World) => string[];

const SAMPLERS: Readonly<Record<string, Sampler>> = {
  CommandFilter: ([exec = ''], random) => [base(exec), ...anything(random)],
  RegExpFilter: ([, , ...patterns], random) => patterns.map((pattern) => guess(pattern, random)),
  ChainingRegExpFilter: ([, , ...patterns], random) =>
    patterns.map((pattern) => guess(pattern, random)),
  PathFilter: ([exec = '', , ...constraints], random, { paths }) => [
    base(exec),
    ...constraints.map((constraint) =>
      constraint.startsWith('/')
        ? random.pick([
            `${constraint}/x`,
            constraint,
            `${constraint}-x`,
            `${constraint}/../x`,
            ...paths,
          ])
        : constraint,
    ),
  ],
  EnvFilter: ([, , ...rest], random) => [
    ...random.pick([['env'], []]),
    ...rest.map((word) => (/=$/.test(word) ? `${word}${random.pick(['1', '', '/a'])}` : word)),
    ...anything(random),
  ],
  ReadFileFilter: ([path = '']) => ['cat', path],
  KillFilter: ([, , ...signals], random, { processes }) => [
    'kill',
    ...(signals.length > 0 ? [random.pick(signals)] : []),
    String(random.pick(processes).pid),
  ],
  IpFilter: (_, random) => [
    'ip',
    ...random.pick([[], ['-o'], ['-6'], ['-b'], ['-n', 'ns']]),
    ...random.pick([
      ['link', 'show'],
      ['a'],
      ['netns', 'exec', 'ns', 'sh'],
      ['n', 'e', 'ns', 'sh'],
    ]),
  ],
  IpNetnsExecFilter: (_, random) => ['ip', 'netns', 'exec', random.pick(['ns', 'qdhcp-1', '../x'])],
};

/** A word that the pattern is likely to match, or nearly. */
function guess(pattern: string, random: SeededRandom): string {
  const filler = random.pick(['12', 'x', 'eth0', 'a/b', '../x', 'a\n']);
  return pattern
    .replace(/\(\?[=!][^)]*\)/g, '')
    .replace(/\[\^[^\]]*\][*+]?|\.[*+]|\\S[*+]/g, () => filler)
    .replace(/\\d(\+|\{\d+\})?/g, '12')
    .replace(/\[([^\]-])[^\]]*\][*+]?/g, '$1')
    .replace(/\((?:\?:)?([^|()]*)[^()]*\)[*+?]?/g, '$1')
    .replace(/[$^]|\\(?=\W)/g, '');
}

function base(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function anything(random: SeededRandom): string[] {
  const words = ['-l', '--help', 'show', '/etc/hosts', '', 'A=1', '12', 'x y'];
  return Array.from({ length: random.below(4) }, () => random.pick(words));
}
