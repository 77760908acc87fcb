import type { StringSchema } from '../../privileged/schema/types.js';
import type { Severity } from '../finding.js';
import { cited } from '../mistakes/mistake.js';
import { pumpedWord } from '../mistakes/pumped-word.js';
import { gravityOf, type Holder, holderShown } from './holder.js';
import { namesArgument, namesNoPath, namesPath } from './names.js';
import type { SchemaPlace } from './places.js';
import type { Problem } from './problem.js';
import { CLIMBING, DOTS, OPTIONS, StringWords, SYSTEM_FILES } from './string-words.js';

/** What a name should look like, for advice. */
const NAME_PATTERN = '^[a-z0-9_-]{1,32}$';
/** Stands behind the `^` of a pattern for names. */
const NO_DOTS = '(?!\\.\\.?$)';

/** A string of an argument that has neither `enum` nor `const`. */
export function checkString(place: SchemaPlace, schema: StringSchema, holder: Holder): Problem[] {
  const words = new StringWords(schema);
  const { pattern, format } = schema;
  // no value of a format leads up, begins with `-` or names a file of the system
  if (format !== undefined) return pattern === undefined ? [] : checkSlow(place, pattern, words);
  if (pattern === undefined) return checkFree(place, words, holder);
  const bounds = checkBounds(place, pattern, words);
  const found = [
    ...bounds,
    ...(namesPath(place.name)
      ? checkPath(place, pattern, words, holder)
      : bounds.length > 0
        ? []
        : checkDots(place, pattern, words)),
    ...checkOption(place, words),
    ...checkSlow(place, pattern, words),
  ];
  const isUnsure = words.isUnsure && namesPath(place.name);
  return found.length > 0 || !isUnsure ? found : [tooComplex(place, pattern)];
}

function checkFree(place: SchemaPlace, words: StringWords, holder: Holder): Problem[] {
  const { label, name } = place;
  const reached = words.find(CLIMBING) ?? words.find(SYSTEM_FILES);
  if (namesPath(name) && reached !== undefined) {
    return [
      {
        rule: 'privileged-free-path',
        severity: gravityOf(holder),
        problem: `${label} takes any text and looks like something that is opened or run`,
        gets: gets(holder),
        example: [reached],
        instead: `take a name with the pattern ${NAME_PATTERN}, and make the path in the function`,
      },
    ];
  }
  if (words.find(DOTS) === undefined) return []; // a character or none
  return [
    {
      rule: 'privileged-free-string',
      severity: 'low',
      problem: `${label} takes any text`,
      instead: `give it an enum, or a pattern such as ${NAME_PATTERN}`,
    },
  ];
}

function gets(holder: Holder): string {
  return `chooses any file or program that ${holderShown(holder)} can reach`;
}

function checkBounds({ label }: SchemaPlace, pattern: string, words: StringWords): Problem[] {
  // what cannot be read is judged by its looks
  const { fromStart, toEnd } = words.pattern ?? {
    fromStart: pattern.startsWith('^'),
    toEnd: pattern.endsWith('$'),
  };
  if (fromStart && toEnd) return [];
  const lacks = [...(fromStart ? [] : ['start']), ...(toEnd ? [] : ['end'])].join(' nor to the ');
  const around = { samples: UNBOUND, graphs: () => [] };
  const word = words.find(CLIMBING) ?? words.find(around);
  return [
    {
      rule: 'privileged-unanchored',
      severity: 'medium',
      problem: `${label}: the pattern ${cited(pattern)} is not bound to the ${lacks} of the word`,
      ...(word !== undefined && { example: [word] }),
      instead: `write ${bounded(pattern, fromStart, toEnd)}, or what is meant`,
    },
  ];
}

function bounded(pattern: string, fromStart: boolean, toEnd: boolean): string {
  if (pattern.includes('|') || fromStart === toEnd) return `^(?:${pattern})$`;
  return fromStart ? `${pattern}$` : `^${pattern}`;
}

/** Words that no pattern for names means to take. */
const UNBOUND = ['x; id', '../x', ' x', 'x ', '1/../x', 'x\n'];

function checkPath(
  place: SchemaPlace,
  pattern: string,
  words: StringWords,
  holder: Holder,
): Problem[] {
  const word = words.find(CLIMBING) ?? words.find(SYSTEM_FILES);
  if (word === undefined) return checkDots(place, pattern, words);
  return [
    {
      rule: 'privileged-path-escape',
      severity: gravityOf(holder),
      problem: `${place.label}: the pattern ${cited(pattern)} takes a word that leads elsewhere`,
      gets: gets(holder),
      example: [word],
      instead: `take a name with the pattern ${NAME_PATTERN}, and make the path in the function`,
    },
  ];
}

function checkDots({ label, name }: SchemaPlace, pattern: string, words: StringWords): Problem[] {
  if (namesNoPath(name)) return [];
  const word = words.find(CLIMBING) ?? words.find(DOTS);
  if (word === undefined) return [];
  const better = withoutDots(pattern);
  return [
    {
      rule: 'privileged-dots',
      severity: 'low',
      problem: `${label}: the pattern ${cited(pattern)} takes ${cited(word)}, which leads up where it becomes part of a path`,
      example: [word],
      instead: better === undefined ? 'leave / and names of dots out' : `write ${better}`,
    },
  ];
}

/** The same pattern without names of dots; undefined where that does not help. */
function withoutDots(pattern: string): string | undefined {
  if (!pattern.startsWith('^')) return undefined;
  const better = `^${NO_DOTS}${pattern.slice(1)}`;
  const words = new StringWords({ type: 'string', pattern: better });
  if (words.isUnsure) return undefined;
  return words.find(CLIMBING) === undefined && words.find(DOTS) === undefined && !words.isUnsure
    ? better
    : undefined;
}

function checkOption({ label, name }: SchemaPlace, words: StringWords): Problem[] {
  const word = namesArgument(name) ? words.find(OPTIONS) : undefined;
  if (word === undefined) return [];
  return [
    {
      rule: 'privileged-option',
      severity: 'low',
      problem: `${label} takes ${cited(word)}, which a command reads as an option`,
      example: [word],
    },
  ];
}

function checkSlow({ label }: SchemaPlace, pattern: string, words: StringWords): Problem[] {
  const word = words.pattern && pumpedWord(words.pattern.python);
  if (word === undefined || !words.allowsLength(word)) return [];
  return [
    {
      rule: 'privileged-slow-pattern',
      severity: 'medium',
      problem: `${label}: the pattern ${cited(pattern)} backtracks without end on a word of ${word.length} characters`,
      gets: 'keeps the helper from serving anybody',
      instead: 'repeat a set of characters, and not a repetition; or set maxLength',
    },
  ];
}

function tooComplex({ label }: SchemaPlace, pattern: string): Problem {
  const severity: Severity = 'low';
  return {
    rule: 'too-complex',
    severity,
    problem: `${label}: the pattern ${cited(pattern)} cannot be judged wholly`,
    instead: 'write a simpler pattern',
  };
}
