import { baseName, type Filter } from '../../policy/filters/filter.js';
import { RegExpFilter } from '../../policy/filters/regexp-filter.js';
import type { Definition } from '../../policy/load-filters.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import type { Finding } from '../finding.js';
import type { Program } from './programs.js';
import type { Opening } from './try-attack.js';

/** Lines that are offered for one that gives too much away. */
const MOST_LINES = 2;
/** A name that is no option and no `..`. */
const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]*';

type Advice = Pick<Finding, 'instead' | 'isLine'>;

/**
 * What to write instead of a line: the same with narrower patterns where that is enough, else the
 * narrow filters that the table has for the program.
 *
 * @param isSafe whether nothing above low is found in a filter
 */
export function insteadOf(
  { source, words }: DefinedFilter,
  filter: Filter,
  program: Program | undefined,
  openings: readonly Opening[],
  isSafe: (definition: Definition) => boolean,
): Advice {
  const narrowed = narrowedLine({ source, words }, filter, openings);
  if (narrowed !== undefined && isSafe(narrowed)) return line([narrowed]);
  const ready = (program?.instead ?? [])
    .filter((text) => isAbout(text, filter))
    .map((text) => adapted(text, { source, words }, filter))
    .filter((definition) => isSafe(definition));
  if (ready.length > 0) return line(ready.slice(0, MOST_LINES));
  return {
    instead:
      program?.advice ??
      'write a RegExpFilter with one pattern for each word; `tsrootwrapctl suggest` makes it from a log',
  };
}

/** Each line has a name of its own: of two with one name, only the last counts. */
function line(definitions: readonly Definition[]): Advice {
  const lines = definitions.map(({ source: { name, className }, words }, index) => {
    const own = index === 0 ? name : `${name}_${index + 1}`;
    return `${own}: ${[className, ...words].join(', ')}`;
  });
  return { instead: lines.join('\n'), isLine: true };
}

/** The same RegExpFilter with each pattern that let an attack through cut down to names. */
function narrowedLine(
  { source, words }: Definition,
  filter: Filter,
  openings: readonly Opening[],
): Definition | undefined {
  if (!(filter instanceof RegExpFilter)) return undefined;
  const loose = new Set(
    openings.flatMap(({ through }) =>
      through.flatMap(({ rule }) => (rule.takes === 'pattern' ? [rule.pattern.source] : [])),
    ),
  );
  const [exec = '', user = '', ...patterns] = words;
  const narrow = patterns.map((pattern) => (loose.has(pattern) ? narrowPattern(pattern) : pattern));
  if (narrow.includes(undefined)) return undefined;
  return { source, words: [exec, user, ...narrow.map((pattern) => pattern ?? '')] };
}

/** What the pattern begins with, and then a name; undefined where it begins with nothing that says. */
function narrowPattern(pattern: string): string | undefined {
  const [prefix = ''] = /^\^?(?:[A-Za-z0-9_/=:-]|\\\.)*/.exec(pattern) ?? [];
  const isDirectory = /^(?:[a-z-]*=)?\/(?!tmp|var\/tmp|dev\/shm)[^/]+\//.test(prefix);
  return isDirectory || /[=:]$/.test(prefix) ? `${prefix}${NAME}` : undefined;
}

/** Programs that share a place in the table take different words: lines are for one of them. */
function isAbout(text: string, { exec }: Filter): boolean {
  const [className, program = ''] = text.split(', ');
  return className !== 'RegExpFilter' || baseName(program) === baseName(exec);
}

/** A line of the table, with this line's name, program and user. */
function adapted(text: string, { source }: Definition, filter: Filter): Definition {
  const [className = '', exec = '', ...rest] = text.split(', ');
  const hasUser = className !== 'ReadFileFilter' && className !== 'KillFilter';
  const words = hasUser
    ? [execFor(exec, className, filter), filter.user, ...rest.slice(1)]
    : [exec, ...rest];
  return { source: { ...source, className }, words };
}

function execFor(exec: string, className: string, filter: Filter): string {
  return className === 'EnvFilter' ? exec : filter.exec;
}
