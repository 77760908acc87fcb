import { type CodePointSet, complement, has } from '../../policy/pattern/code-point-set.js';
import { Effort } from './effort.js';
import type { Edge, Nfa } from './nfa.js';

/** Positions of one search that are looked at before it gives up. */
const MOST_POSITIONS = 30_000;
/** Words that are offered for trying: the first may fail where a graph takes more than its pattern. */
const MOST_WORDS = 8;

/** What a reader takes for an ordinary character, in order of preference. */
const READABLE = [...'xyz1aA/._-=:@%+~#!?*&|;$()<>[]{}^\\"\'` '].map((c) => c.codePointAt(0) ?? 0);
/** A word holds no NUL, and no half of a pair. */
const IN_WORDS: CodePointSet = complement([0, 0, 0xd800, 0xdfff]);

/** A look-ahead on its way: the states that its body may be in. */
interface Looking {
  readonly body: Nfa;
  readonly negative: boolean;
  readonly states: readonly number[];
}

/** Where both graphs stand after the same characters. */
interface Position {
  readonly left: number;
  readonly right: number;
  readonly looking: readonly Looking[];
  /** The characters up to here, last first. */
  readonly path: Path | undefined;
}

interface Path {
  readonly point: number;
  readonly before: Path | undefined;
}

/**
 * Words that both graphs take, shortest first, a handful at most; none when there is none or the
 * search would take too long. Look-ahead counts in the left graph only.
 *
 * @param effort is told when the search gives up
 */
export function* commonWords(
  left: Nfa,
  right: Nfa,
  effort: Effort = new Effort(),
): Generator<string, void> {
  const seen = new Set<string | number>();
  let frontier: Position[] = [
    { left: left.start, right: right.start, looking: [], path: undefined },
  ];
  const offered = new Set<string>();
  for (let length = 0; frontier.length > 0; length++) {
    const next: Position[] = [];
    // it grows while it is walked, by steps that take no character
    for (let index = 0; index < frontier.length; index++) {
      const position = frontier[index] as Position;
      const key = keyOf(position, right, length === 0);
      if (seen.has(key)) continue;
      seen.add(key);
      const silent = silentSteps(position, left, right, length === 0);
      const here = stepCount(position, left, right) + silent.length;
      if (seen.size > MOST_POSITIONS || !effort.spend(1 + here)) {
        effort.giveUp();
        return;
      }
      for (const step of silent) frontier.push(step);
      if (isEnd(position, left, right, length === 0)) {
        const word = textOf(position.path);
        if (!offered.has(word)) yield word;
        if (offered.add(word).size >= MOST_WORDS) return;
      }
      for (const step of steps(position, left, right)) next.push(step);
    }
    frontier = next;
  }
}

/** The shortest word of a graph; undefined when there is none, or none was found in time. */
export function shortestWord(graph: Nfa, anything: Nfa, effort?: Effort): string | undefined {
  return commonWords(graph, anything, effort).next().value ?? undefined;
}

/** Pairs of edges to be tried at a position, each with all that is looked for: what it costs. */
function stepCount(at: Position, left: Nfa, right: Nfa): number {
  const pairs = edgesOf(left, at.left).length * edgesOf(right, at.right).length;
  return pairs * at.looking.reduce((sum, { states }) => sum + 4 * states.length, 1);
}

function keyOf(at: Position, graph: Nfa, atStart: boolean): string | number {
  const { left, right, looking } = at;
  if (looking.length === 0) return (left * graph.edges.length + right) * 2 + (atStart ? 1 : 0);
  const looks = looking.map(({ body, states }) => `${idOf(body)}:${states}`).sort();
  return `${atStart ? '^' : ''}${left},${right},${looks.join(';')}`;
}

const ids = new WeakMap<Nfa, number>();
let lastId = 0;

function idOf(graph: Nfa): number {
  const known = ids.get(graph) ?? ++lastId;
  ids.set(graph, known);
  return known;
}

/** Steps of either side that take no character; those for the end only are `isEnd`'s. */
function silentSteps(at: Position, left: Nfa, right: Nfa, atStart: boolean): Position[] {
  const found: Position[] = [];
  for (const edge of edgesOf(left, at.left)) {
    if (edge.set !== undefined || !isOpen(edge, atStart)) continue;
    const looking =
      edge.look === undefined ? at.looking : startLooking(at.looking, edge.look, atStart);
    if (looking !== undefined) found.push({ ...at, left: edge.to, looking });
  }
  for (const edge of edgesOf(right, at.right)) {
    if (edge.set === undefined && isOpen(edge, atStart)) found.push({ ...at, right: edge.to });
  }
  return found;
}

function isOpen({ only }: Edge, atStart: boolean): boolean {
  return only === undefined || (only === 'start' && atStart);
}

/** Undefined when a negative look-ahead has failed already; a positive that holds is done with. */
function startLooking(
  looking: readonly Looking[],
  { body, negative }: NonNullable<Edge['look']>,
  atStart: boolean,
): readonly Looking[] | undefined {
  const states = closure(body, [body.start], false, atStart);
  if (!states.includes(body.accept)) return added(looking, { body, negative, states });
  return negative ? undefined : looking;
}

/** A loop comes by the same look-ahead again and again: once is enough. */
function added(looking: readonly Looking[], one: Looking): readonly Looking[] {
  const same = (other: Looking) =>
    other.body === one.body &&
    other.states.length === one.states.length &&
    other.states.every((state, index) => state === one.states[index]);
  return looking.some(same) ? looking : [...looking, one];
}

function steps(at: Position, left: Nfa, right: Nfa): Position[] {
  const found: Position[] = [];
  for (const mine of edgesOf(left, at.left)) {
    if (mine.set === undefined) continue;
    for (const theirs of edgesOf(right, at.right)) {
      if (theirs.set === undefined) continue;
      if (at.looking.length === 0) {
        const point = sharedPoint(mine.set, theirs.set);
        if (point === undefined) continue;
        found.push({
          left: mine.to,
          right: theirs.to,
          looking: at.looking,
          path: { point, before: at.path },
        });
        continue;
      }
      const both = common(mine.set, theirs.set);
      for (const point of representatives(both, at.looking)) {
        const looking = advance(at.looking, point);
        if (looking === undefined) continue;
        found.push({ left: mine.to, right: theirs.to, looking, path: { point, before: at.path } });
      }
    }
  }
  return found;
}

const shared = new WeakMap<CodePointSet, WeakMap<CodePointSet, number | undefined>>();

/** A readable member of both sets; remembered, since graphs have the same sets again and again. */
function sharedPoint(a: CodePointSet, b: CodePointSet): number | undefined {
  const known = shared.get(a) ?? new WeakMap<CodePointSet, number | undefined>();
  shared.set(a, known);
  if (!known.has(b)) known.set(b, readable(common(a, b)));
  return known.get(b);
}

/** One readable member of the set for each way in which the look-aheads tell characters apart. */
function representatives(set: CodePointSet, looking: readonly Looking[]): number[] {
  let parts: CodePointSet[] = [set];
  for (const { body, states } of looking) {
    for (const edge of states.flatMap((state) => edgesOf(body, state))) {
      const { set: told } = edge;
      if (told === undefined) continue;
      parts = parts.flatMap((part) => [common(part, told), common(part, complement(told))]);
      parts = parts.filter((part) => part.length > 0);
    }
  }
  return parts.flatMap((part) => readable(part) ?? []);
}

function readable(set: CodePointSet): number | undefined {
  const known = READABLE.find((point) => has(set, point));
  if (known !== undefined) return known;
  const printable = common(set, [0x21, 0x7e]);
  return printable[0] ?? common(set, IN_WORDS)[0];
}

/** The look-aheads after one more character; undefined when a negative one has failed. */
function advance(looking: readonly Looking[], point: number): readonly Looking[] | undefined {
  let kept: readonly Looking[] = [];
  for (const { body, negative, states } of looking) {
    const reached = states.flatMap((state) =>
      edgesOf(body, state).flatMap(({ set, to }) => (set && has(set, point) ? [to] : [])),
    );
    const after = closure(body, reached, false);
    if (after.includes(body.accept)) {
      if (negative) return undefined;
      continue; // it holds
    }
    if (after.length === 0) {
      if (negative) continue; // it can't fail any more
      return undefined;
    }
    kept = added(kept, { body, negative, states: after });
  }
  return kept;
}

/** Whether both sides take the word as it is now. */
function isEnd(at: Position, left: Nfa, right: Nfa, atStart: boolean): boolean {
  if (!mayEnd(left, at.left, atStart) || !mayEnd(right, at.right, atStart)) return false;
  return at.looking.every(
    ({ body, negative, states }) =>
      closure(body, states, true, atStart).includes(body.accept) !== negative,
  );
}

const ends = new WeakMap<Nfa, Map<boolean, ReadonlySet<number>>>();

/** Whether the word may end at a state; asked of the whole graph once. */
function mayEnd(graph: Nfa, state: number, atStart: boolean): boolean {
  const known = ends.get(graph) ?? new Map<boolean, ReadonlySet<number>>();
  ends.set(graph, known);
  const states = known.get(atStart) ?? endingStates(graph, atStart);
  known.set(atStart, states);
  return states.has(state);
}

/** The states from which the end is reached without a character, walked backwards. */
function endingStates(graph: Nfa, atStart: boolean): ReadonlySet<number> {
  const before: number[][] = graph.edges.map(() => []);
  for (const [from, edges] of graph.edges.entries()) {
    for (const edge of edges) if (isOpenAtEnd(edge, atStart)) before[edge.to]?.push(from);
  }
  const reached = new Set([graph.accept]);
  for (const state of reached) for (const from of before[state] ?? []) reached.add(from);
  return reached;
}

function isOpenAtEnd({ set, only, look }: Edge, atStart: boolean): boolean {
  if (set !== undefined || (only === 'start' && !atStart)) return false;
  return look === undefined || holdsAtEnd(look, atStart);
}

/** The states that are reached without a character, sorted. Looks on the way are taken to hold. */
function closure(
  graph: Nfa,
  states: readonly number[],
  atEnd: boolean,
  atStart = false,
): readonly number[] {
  const reached = new Set(states);
  for (const state of reached) {
    for (const { set, to, only, look } of edgesOf(graph, state)) {
      if (set !== undefined || (look !== undefined && atEnd && !holdsAtEnd(look, atStart)))
        continue;
      if (only === 'end' && !atEnd) continue;
      if (only === 'start' && !atStart) continue;
      reached.add(to);
    }
  }
  return [...reached].sort((a, b) => a - b);
}

function holdsAtEnd({ body, negative }: NonNullable<Edge['look']>, atStart: boolean): boolean {
  return closure(body, [body.start], true, atStart).includes(body.accept) !== negative;
}

function edgesOf(graph: Nfa, state: number): readonly Edge[] {
  return graph.edges[state] ?? [];
}

function common(a: CodePointSet, b: CodePointSet): CodePointSet {
  const shared: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(a[i] as number, b[j] as number);
    const last = Math.min(a[i + 1] as number, b[j + 1] as number);
    if (first <= last) shared.push(first, last);
    if ((a[i + 1] as number) < (b[j + 1] as number)) i += 2;
    else j += 2;
  }
  return shared;
}

function textOf(path: Path | undefined): string {
  const points: number[] = [];
  for (let here = path; here !== undefined; here = here.before) points.push(here.point);
  return String.fromCodePoint(...points.reverse());
}
