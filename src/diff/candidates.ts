import { attackCommands } from '../check/attacks/check-attacks.js';
import { EnvFilter } from '../policy/filters/env-filter.js';
import type { Filter } from '../policy/filters/filter.js';
import { IpFilter } from '../policy/filters/ip-filter.js';
import type { Shape } from '../policy/filters/shape.js';
import { Neighbours } from './neighbours.js';
import type { SupposedProcesses } from './supposed-filters.js';
import type { Side } from './supposed-policy.js';
import { type Box, BoxSearch } from './word-boxes.js';
import { languageOf } from './word-set.js';

/** A command to ask both policies about. */
export interface Candidate {
  readonly words: readonly string[];
  readonly kind: Kind;
}

/**
 * `attack`: by the tables of check. `plain`: for the filter itself. `detour`: with a path that has `..`
 * in it. `behind`: through the filter, but behind a prefix. `spelt`: with an `env` in front, or
 * without one. The best example comes first.
 */
export type Kind = (typeof KINDS)[number];
export const KINDS = ['attack', 'plain', 'detour', 'behind', 'spelt'] as const;

/** Commands that are asked about for one filter. */
const MOST = 60;
/** Questions to single lines, after which each filter gets one command only. */
const MOST_QUESTIONS = 2_000_000;
/** Of each kind of search. */
const FEW = 4;
/** Prefixes that a command is tried behind, and commands that a prefix is tried in front of. */
const MOST_CHAINED = 6;
const MOST_BEHIND = 12;
const MOST_DETOURS = 8;
const MOST_LENGTHS = 6;

/** Classes that refuse some of what their shape takes: nothing is safely inside of these. */
const NARROWER = ['IpFilter', 'IpNetnsExecFilter', 'ChainingRegExpFilter', 'ChainingFilter'];

/** What IpFilter takes and what it refuses, since its shape does not tell that. */
const IP_COMMANDS: readonly (readonly string[])[] = [
  ['ip', 'netns', 'exec', 'x', 'id'],
  ['ip', '-batch', '/tmp/x'],
  ['ip', 'vrf', 'exec', 'x', 'id'],
  ['ip', 'link', 'set', 'x', 'xdp', 'obj', '/tmp/x'],
  ['ip', 'address', 'show'],
  ['ip', 'link', 'set', 'x', 'up'],
];

/** Thinks of commands that might be decided differently. Whether they are is the engine's to say. */
export class Candidates {
  #questions = 0;
  readonly #search = new BoxSearch();
  readonly #neighbours = new Map<Side, Neighbours>();
  readonly #shapes = new WeakMap<Filter, Shape>();

  constructor(
    readonly processes: SupposedProcesses,
    readonly sides: readonly Side[],
  ) {
    for (const side of sides) this.#neighbours.set(side, new Neighbours(side.filters));
  }

  /** For a filter that one side has and the other does not have, or not in the same place. */
  of(filter: Filter, side: Side, other: Side): readonly Candidate[] {
    if (this.#questions > MOST_QUESTIONS) return this.#hurried(filter);
    const found: Candidate[] = [];
    const near = this.near(filter, other).filter((one) => one.source !== filter.source);
    const plain = (words: readonly string[]) => found.push({ words, kind: 'plain' });
    if (filter.chaining) {
      for (const words of this.#prefixed(filter, side, near, other)) plain(words);
      return found.slice(0, MOST);
    }
    const attacks = attackCommands(filter, side.policy).slice(0, MOST / 3);
    for (const { command } of attacks) {
      found.push({ words: command, kind: 'attack' });
    }
    for (const words of this.#outside(filter, side, near)) plain(toCommand(filter, words));
    for (const words of this.#shared(filter, side, near, other)) plain(toCommand(filter, words));
    if ([filter, ...near].some((one) => one instanceof IpFilter)) IP_COMMANDS.forEach(plain);
    // each command costs a question to every line of its program
    const lines = this.sides.reduce((sum, one) => sum + this.ofProgram(filter, one).length, 0);
    this.#questions += lines * found.length;
    const own = found.slice(0, MOST);
    if ([filter, ...near].some((one) => this.#hasPath(one))) own.push(...detours(own));
    const behind = this.#behind(filter.user, own, side);
    const spelt = this.sides.some(({ filters }) => filters.some((one) => one instanceof EnvFilter));
    return [...own, ...behind, ...(spelt ? own.slice(0, MOST / 2).map(behindEnv) : [])];
  }

  #hurried(filter: Filter): readonly Candidate[] {
    const words = this.sample(filter);
    return words === undefined ? [] : [{ words, kind: 'plain' }];
  }

  /** Filters of a side that might take the same commands. */
  near(filter: Filter, side: Side): readonly Filter[] {
    return this.#neighbours.get(side)?.of(filter) ?? [];
  }

  /** Filters of a side for the same program. */
  ofProgram(filter: Filter, side: Side): readonly Filter[] {
    return this.#neighbours.get(side)?.ofProgram(filter) ?? [];
  }

  /** A command that the filter takes, as far as its shape tells. */
  sample(filter: Filter): readonly string[] | undefined {
    const box = this.#box(filter, this.#shape(filter).words.length);
    const [words] = box === undefined ? [] : this.#search.outside(box, []);
    return words && toCommand(filter, words);
  }

  /** What the filter takes and none of the others does; then what one of them does not. */
  *#outside(
    filter: Filter,
    side: Side,
    others: readonly Filter[],
  ): Generator<readonly string[], void> {
    const rivals = others.filter((other) => this.#sameVariables(filter, other));
    const isHard = ({ source }: Filter) => !NARROWER.includes(source.className);
    const hard = rivals.filter(isHard);
    const [next] = hard;
    const inFront = this.#inFront(filter, side).filter(
      (one) => isHard(one) && this.#sameVariables(filter, one),
    );
    for (const length of this.#lengths(filter, [...rivals, ...inFront])) {
      const box = this.#box(filter, length);
      if (box === undefined) continue;
      const boxes = (some: readonly Filter[]) => this.#boxes(some, length);
      if (inFront.length > 0) {
        yield* first(this.#search.outside(box, boxes([...inFront, ...hard])), 1);
      }
      yield* first(this.#search.outside(box, boxes(rivals)), FEW);
      if (hard.length < rivals.length) yield* first(this.#search.outside(box, boxes(hard)), FEW);
      if (next !== undefined) yield* first(this.#search.outside(box, boxes([next])), 1);
      yield* first(this.#search.outside(box, []), 1);
    }
  }

  /**
   * What a filter takes and another one of the other side: they may say differently how it runs.
   * Best is what no filter in front of them takes.
   */
  *#shared(
    filter: Filter,
    side: Side,
    others: readonly Filter[],
    otherSide: Side,
  ): Generator<readonly string[], void> {
    const inFront = this.#inFront(filter, side);
    for (const other of others) {
      if (!this.#sameVariables(filter, other)) continue;
      const before = [...inFront, ...this.#inFront(other, otherSide)].filter(
        (one) => this.#sameVariables(filter, one) && !NARROWER.includes(one.source.className),
      );
      for (const length of this.#lengths(filter, [other]).slice(0, 3)) {
        const [a, b] = [this.#box(filter, length), this.#box(other, length)];
        if (a === undefined || b === undefined) continue;
        const found = [
          ...first(this.#search.outside(a, this.#boxes(before, length), b), 1),
          ...first(this.#search.outside(a, [], b), 1),
        ];
        yield* found;
        if (found.length > 0) break;
      }
    }
  }

  #inFront(filter: Filter, side: Side): readonly Filter[] {
    return this.#neighbours.get(side)?.inFrontOf(filter) ?? [];
  }

  /** The words of a prefix, each with commands of other filters behind it. */
  *#prefixed(
    filter: Filter,
    side: Side,
    near: readonly Filter[],
    other: Side,
  ): Generator<readonly string[], void> {
    const { length } = this.#shape(filter).words;
    const box = this.#box(filter, length);
    if (box === undefined) return;
    const rivals = near.filter(({ chaining }) => chaining);
    const like = rivals.filter(
      (other) => other.user === filter.user && this.#shape(other).words.length === length,
    );
    const prefixes = [
      ...first(this.#search.outside(box, this.#boxes(like, length)), FEW),
      ...first(this.#search.outside(box, []), 1),
      ...this.#shared(filter, side, rivals, other),
    ];
    const inner = side.filters.filter(({ chaining, user }) => !chaining && user === filter.user);
    const commands = inner.slice(0, MOST_CHAINED).flatMap((one) => {
      const words = this.sample(one);
      return words === undefined ? [] : [words];
    });
    for (const prefix of prefixes) {
      for (const command of commands) yield [...prefix, ...command];
    }
  }

  /** The commands again, behind the prefixes that their user's filters may stand behind. */
  #behind(user: string, commands: readonly Candidate[], side: Side): Candidate[] {
    const prefixes = side.filters
      .filter((filter) => filter.chaining && filter.user === user)
      .slice(0, MOST_CHAINED)
      .flatMap((filter) => [this.sample(filter) ?? []].filter((words) => words.length > 0));
    const some = KINDS.flatMap((kind) =>
      commands.filter((command) => command.kind === kind).slice(0, MOST_BEHIND),
    );
    return prefixes.flatMap((prefix) =>
      some.map(({ words }) => ({ words: [...prefix, ...words], kind: 'behind' as const })),
    );
  }

  #hasPath(filter: Filter): boolean {
    return this.#shape(filter).words.some(({ takes }) => takes === 'path');
  }

  #sameVariables(a: Filter, b: Filter): boolean {
    const [some, others] = [this.#shape(a).variables, this.#shape(b).variables];
    return some.length === others.length && some.every((name) => others.includes(name));
  }

  /** Numbers of words that are worth a look. */
  #lengths(filter: Filter, others: readonly Filter[]): readonly number[] {
    const { words, rest } = this.#shape(filter);
    if (rest === 'nothing') return [words.length];
    const told = others.flatMap((other) => {
      const { length } = this.#shape(other).words;
      return [length, length + 1];
    });
    const all = new Set([words.length, words.length + 1, ...told]);
    return [...all].filter((length) => length >= words.length).slice(0, MOST_LENGTHS);
  }

  #box(filter: Filter, length: number): Box | undefined {
    const { words, rest } = this.#shape(filter);
    if (length < words.length || words.length === 0) return undefined;
    if (length > words.length && rest === 'nothing') return undefined;
    const box: Box[number][] = words.map((rule) => languageOf(rule, this.processes));
    while (box.length < length) box.push('any');
    return box;
  }

  #boxes(filters: readonly Filter[], length: number): Box[] {
    const boxes = filters.map((filter) => this.#box(filter, length));
    return boxes.filter((box) => box !== undefined);
  }

  #shape(filter: Filter): Shape {
    const known = this.#shapes.get(filter) ?? filter.shape();
    this.#shapes.set(filter, known);
    return known;
  }
}

function toCommand(filter: Filter, words: readonly string[]): readonly string[] {
  const { variables } = filter.shape();
  if (variables.length === 0) return words;
  return ['env', ...variables.map((name) => `${name}=x`), ...words];
}

/** An EnvFilter takes a leading `env` off for all filters behind it. */
function behindEnv({ words }: Candidate): Candidate {
  return { words: words[0] === 'env' ? words.slice(1) : ['env', ...words], kind: 'spelt' };
}

/** The same places by another way: a PathFilter hands over the straight one. */
function detours(commands: readonly Candidate[]): Candidate[] {
  return commands
    .filter(({ words }) => words.slice(1).some((word) => word.startsWith('/')))
    .slice(0, MOST_DETOURS)
    .map(({ words: [name = '', ...args] }) => ({
      words: [name, ...args.map((word) => (word.startsWith('/') ? `${word}/x/..` : word))],
      kind: 'detour',
    }));
}

function* first<Item>(items: Iterable<Item>, most: number): Generator<Item, void> {
  let count = 0;
  for (const item of items) {
    if (count++ >= most) return;
    yield item;
  }
}
