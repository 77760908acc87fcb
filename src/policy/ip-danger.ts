import {
  FLAGS,
  mayMean,
  NAMING_OBJECTS,
  NAMING_WORDS,
  OBJECTS,
  REFUSED_WORDS,
  type Spelling,
  TEXT_WORD,
  VALUED,
  XDP_OFF,
  XDP_WORDS,
} from './ip-grammar.js';

/** Bytes that a file's name may have (NAME_MAX); ip's own limit for the name of a namespace. */
const MAX_NAME_BYTES = 255;

/** What ip would read as a path from any word that it opens. */
const PATH = /^\.{0,2}\//;

/**
 * Why `ip` with these arguments might run a program, load code, open a path of the caller's or
 * parse what it trusts to be its own; undefined when it only does network configuration.
 *
 * @param args the words after `ip`
 */
export function ipDanger(args: readonly string[]): string | undefined {
  return readingDanger(args) ?? wordDanger(args);
}

/**
 * Whether ip takes this for a name under /run/netns. A path would also choose the directory whose
 * files ip mounts over /etc (ip-netns(8)).
 */
export function isNetnsName(name: string): boolean {
  return (
    !['', '.', '..'].includes(name) &&
    !name.includes('/') &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  );
}

/**
 * Follows ip through its global options, each of which may be shortened to any prefix and doubled
 * in its dash (ip.c), to the object. Which of two options a short prefix means differs between
 * versions, so every reading is followed: a command is safe only if it is safe in all of them.
 */
function readingDanger(args: readonly string[]): string | undefined {
  const positions = new Set([0]); // it grows while it is walked: each is where a reading goes on
  const objects: number[] = [];
  for (const position of positions) {
    const word = args[position];
    if (word === undefined) continue;
    if (!word.startsWith('-')) objects.push(position);
    else if (word === '--') objects.push(position + 1);
    else {
      const option = readOption(word, args[position + 1]);
      if (typeof option === 'string') return option;
      if (option.isFlag) positions.add(position + 1);
      if (option.isValued) positions.add(position + 2);
    }
  }
  const there = objects.filter((position) => position < args.length).sort((a, b) => a - b);
  return unknownObject(args, there) ?? refusedWord(args, there) ?? notName(args, there);
}

function readOption(
  word: string,
  value: string | undefined,
): string | { readonly isFlag: boolean; readonly isValued: boolean } {
  const typed = word.replace(/^--?/, '');
  const name = typed.replace(/=.*$/s, ''); // only -color=WHEN has one
  const isFlag = FLAGS.some((option) => option.startsWith(option === 'color' ? name : typed));
  const valued = VALUED.filter((option) => option.startsWith(typed));
  if (valued.includes('batch')) return `${word} may run a file of commands (-batch)`;
  if (!isFlag && valued.length === 0) return `${word} is no option of ip known here`;
  if (valued.includes('netns') && value !== undefined && !isNetnsName(value)) {
    return notNetnsName(value);
  }
  return { isFlag, isValued: valued.length > 0 };
}

/** What an object does with its words can be told of those only that were looked at. */
function unknownObject(args: readonly string[], objects: readonly number[]): string | undefined {
  const [first] = objects;
  const isKnown = (position: number) =>
    OBJECTS.some((name) => name.startsWith(args[position] ?? ''));
  if (first === undefined || objects.some(isKnown)) return undefined;
  return `${args[first]} is no object of ip known here`;
}

/** @param objects where a reading has its object, in order */
function refusedWord(args: readonly string[], objects: readonly number[]): string | undefined {
  for (const { objects: names, word, place, does } of REFUSED_WORDS) {
    for (const name of names) {
      const positions = positionsOf(args, objects, [name]);
      const [first = args.length] = positions;
      const where =
        place === 'subcommand'
          ? positions.map((position) => position + 1)
          : args.slice(first + 1, -1).map((_, index) => first + 1 + index);
      const position = where.find((at) => args[at] !== undefined && mayMean(args[at], word));
      if (position === undefined) continue;
      const meant = `${name} ${word}`.replaceAll('|', '');
      return `${args[position - 1]} ${args[position]} ${does} (${meant})`;
    }
  }
  return undefined;
}

/** With -all, ip takes any path for the name of a namespace. */
function notName(args: readonly string[], objects: readonly number[]): string | undefined {
  const positions = positionsOf(args, objects, NAMING_OBJECTS);
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const all = args.slice(0, last).find((word) => /^--?al?l?$/.test(word));
  if (all !== undefined) return `${all} ${args[last]} may take any path (-all)`;
  const path = args.slice(first + 1).find((word) => !isNetnsName(word));
  return path === undefined ? undefined : notNetnsName(path);
}

function positionsOf(
  args: readonly string[],
  objects: readonly number[],
  names: readonly Spelling[],
): number[] {
  return objects.filter((at) => names.some((name) => mayMean(args[at] ?? '', name)));
}

/** What ip takes wherever it stands among the words, so that it is looked for everywhere. */
function wordDanger(args: readonly string[]): string | undefined {
  const seg6local = args.indexOf('seg6local');
  for (const [position, word] of args.entries()) {
    const previous = args[position - 1];
    if (PATH.test(word) && previous !== TEXT_WORD) return `${word} is a path`;
    if (previous === undefined) continue;
    if (loadsBpf(previous, word, seg6local !== -1 && seg6local < position - 1)) {
      return `${previous} ${word} may load a BPF object into the kernel`;
    }
    if (NAMING_WORDS.some((naming) => mayMean(previous, naming)) && !isNetnsName(word)) {
      return previous === 'netns' ? notNetnsName(word) : `${previous} ${word} is a path`;
    }
  }
  return undefined;
}

/** For routes see ip-route(8): `encap bpf`, and the action End.BPF of `encap seg6local`. */
function loadsBpf(word: string, next: string, isBehindSeg6local: boolean): boolean {
  if (XDP_WORDS.includes(word)) return !XDP_OFF.includes(next);
  if (word === 'endpoint') return isBehindSeg6local;
  return word === 'encap' && next === 'bpf';
}

function notNetnsName(word: string): string {
  return `${word} is not the name of a network namespace`;
}
