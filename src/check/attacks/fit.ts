import { isWithin } from '../../policy/filters/path-filter.js';
import type { WordRule } from '../../policy/filters/shape.js';
import { escapedPattern } from '../../policy/pattern/literal.js';
import { parse } from '../../policy/pattern/parse.js';
import type { Pattern } from '../../policy/pattern/pattern.js';
import type { Node } from '../../policy/pattern/syntax.js';
import { Effort } from '../language/effort.js';
import type { Nfa } from '../language/nfa.js';
import { Nfa as Graph } from '../language/nfa.js';
import { commonWords, shortestWord } from '../language/witness.js';
import {
  type AttackWord,
  attackWords,
  GOALS,
  graphOf,
  placeholderOf,
  type Way,
} from './attack-words.js';

const ANY_WORD = '(?s:.)*';

/** A word that serves an attack and that a rule of a filter takes. */
export interface Fit {
  readonly word: string;
  readonly way: Way;
  /** The rule leaves room for more than this word. */
  readonly open: boolean;
}

/** Pairs of a pattern and an attack's word that are kept: a policy has the same ones again and again. */
const MOST_REMEMBERED = 100_000;
const answers = new Map<string, Fit | null>();

/** What an effort that is used up says is not kept. */
function remembered(key: string, effort: Effort, ask: () => Fit | undefined): Fit | undefined {
  const before = answers.get(key);
  if (before !== undefined) return before ?? undefined;
  if (answers.size >= MOST_REMEMBERED) answers.clear();
  const answer = ask();
  if (answer !== undefined || !effort.gaveUp) answers.set(key, answer ?? null);
  return answer;
}

/** A word that the rule takes and that serves the attack; undefined when none was found. */
export function fitWord(rule: WordRule, template: string, effort: Effort): Fit | undefined {
  const languages = attackWords(template);
  switch (rule.takes) {
    case 'anything': {
      const [usual] = languages;
      return usual && { word: usual.sample, way: usual.way, open: true };
    }
    case 'words':
      return fitFixed(rule.words, languages);
    case 'pattern':
      return remembered(`${template}\n${rule.pattern.source}`, effort, () =>
        fitPattern(rule.pattern, languages, effort),
      );
    case 'path':
      return fitPath(rule.directory, template);
    case 'process':
      return undefined;
  }
}

/**
 * A fixed word that names something is what its author meant; one that others can exchange is not.
 * A relative one counts if it looks like a file: most fixed words are none.
 */
function fitFixed(words: readonly string[], languages: readonly AttackWord[]): Fit | undefined {
  const plain = words.map((word) => ({ word, way: wayOf(word, languages) }));
  const own = plain.find(({ word, way }) => way === 'own' && /[/.]/.test(word));
  if (own !== undefined) return { word: own.word, way: 'own', open: true };
  const named = plain.find(({ way }) => way === 'plain' || way === 'climbs');
  return named && { word: named.word, way: named.way ?? 'plain', open: words.length > 1 };
}

function wayOf(word: string, languages: readonly AttackWord[]): Way | undefined {
  const graph = graphOf(escapedPattern(word));
  return languages.find((language) => shortestWord(graph, language.graph) !== undefined)?.way;
}

function fitPattern(
  pattern: Pattern,
  languages: readonly AttackWord[],
  effort: Effort,
): Fit | undefined {
  const graph = knownGraph(pattern, effort);
  if (graph === undefined) return undefined;
  const fixed = onlyWord(pattern, graph, effort);
  if (fixed !== undefined) return fitFixed([fixed], languages);
  for (const language of languages) {
    // the usual word reads better than the shortest one
    if (pattern.matches(language.sample, effort.patterns)) {
      return { word: language.sample, way: language.way, open: true };
    }
    let failed = false;
    for (const word of commonWords(graph, language.graph, effort)) {
      if (pattern.matches(word, effort.patterns)) return { word, way: language.way, open: true };
      failed = true;
    }
    // the graph takes more than its pattern: others of its words might have been right
    if (failed) effort.giveUp();
  }
  return undefined;
}

/**
 * A PathFilter follows links and `..` before it compares, and hands over what it found: only what
 * really lies in the directory can be reached.
 */
function fitPath(directory: string, template: string): Fit | undefined {
  if (isPattern(directory)) return undefined;
  const placeholder = placeholderOf(template);
  if (placeholder === undefined) {
    if (!isWithin(template, directory)) return undefined;
    return { word: template, way: 'plain', open: template !== directory };
  }
  const { before, name, after } = placeholder;
  if (before !== '' || after !== '') return undefined;
  const [word] = pathsIn(directory, name);
  return word === undefined ? undefined : { word, way: 'plain', open: true };
}

/** Somebody took a PathFilter for a RegExpFilter: no directory has such a name. */
function isPattern(directory: string): boolean {
  return /[*+?()|[\]\\^$]/.test(directory);
}

const PUBLIC = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock', '/home'];

function inside(directory: string): string {
  return directory === '/' ? '/' : `${directory.replace(/\/+$/, '')}/`;
}

function pathsIn(directory: string, name: string): readonly string[] {
  const within = (path: string) => isWithin(path, directory);
  switch (name) {
    case 'secret':
    case 'target':
    case 'victim':
      return GOALS[name].filter(within);
    case 'program':
      return ['/usr/bin/sh', '/bin/sh', '/usr/bin/env', '/tmp/x'].filter(within);
    case 'planted': {
      const open = PUBLIC.find((place) => within(place) || isWithin(directory, place));
      if (open === undefined) return [];
      return [within(open) ? `${open}/x` : `${inside(directory)}x`];
    }
    case 'word':
      return [`${inside(directory)}x`];
    default:
      return [];
  }
}

const patternGraphs = new WeakMap<Pattern, Nfa>();

/** The graph of a filter's pattern; undefined for one that matches nothing because it is wrong. */
function patternGraph(pattern: Pattern): Nfa | undefined {
  const before = patternGraphs.get(pattern);
  if (before !== undefined) return before;
  if (pattern.problem !== undefined) return undefined;
  const graph = Graph.of(parse(pattern.source));
  patternGraphs.set(pattern, graph);
  return graph;
}

/** Not even tried where it is too large: the engine, too, would be at it for seconds. */
export function knownGraph(pattern: Pattern, effort: Effort): Nfa | undefined {
  const graph = patternGraph(pattern);
  if (graph?.truncated !== true) return graph;
  effort.giveUp();
  return undefined;
}

const onlyWords = new WeakMap<Pattern, string | null>();

/** The word of a pattern that takes just one: a fixed word, written with escapes. */
function onlyWord(pattern: Pattern, graph: Nfa, effort: Effort): string | undefined {
  const before = onlyWords.get(pattern);
  if (before !== undefined) return before ?? undefined;
  const word = findOnlyWord(pattern, graph, effort);
  onlyWords.set(pattern, word ?? null);
  return word;
}

/** A search that gives up has not shown that there is no other. */
function findOnlyWord({ source }: Pattern, graph: Nfa, effort: Effort): string | undefined {
  const word = shortestWord(graph, graphOf(ANY_WORD), effort);
  if (word === undefined) return undefined;
  const itself: Node = {
    type: 'sequence',
    items: [...Array.from(word, pointOf), { type: 'at', place: 'end' }],
  };
  const others: Node = {
    type: 'sequence',
    items: [{ type: 'look', ahead: true, negative: true, body: itself }, parse(source)],
  };
  const other = shortestWord(Graph.of(others), graphOf(ANY_WORD), effort);
  return other === undefined && !effort.gaveUp ? word : undefined;
}

function pointOf(character: string): Node {
  const point = character.codePointAt(0) ?? 0;
  return { type: 'set', set: [point, point] };
}

/** Any word that the rule takes: the shortest; undefined when none was found. */
export function sampleWord(rule: WordRule, effort = new Effort()): string | undefined {
  switch (rule.takes) {
    case 'anything':
      return 'x';
    case 'words':
      return rule.words[0];
    case 'path':
      return isPattern(rule.directory) ? undefined : rule.directory;
    case 'process':
      return '1';
    case 'pattern': {
      const graph = knownGraph(rule.pattern, effort);
      if (graph === undefined) return undefined;
      for (const kind of ['[a-z0-9/._-]*', ANY_WORD]) {
        for (const word of commonWords(graph, graphOf(kind), effort)) {
          if (rule.pattern.matches(word, effort.patterns)) return word;
        }
      }
      return undefined;
    }
  }
}
