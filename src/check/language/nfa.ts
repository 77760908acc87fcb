import type { CodePointSet } from '../../policy/pattern/code-point-set.js';
import { EVERYTHING } from '../../policy/pattern/code-point-set.js';
import type { Node, Place } from '../../policy/pattern/syntax.js';

type Of<Type extends Node['type']> = Extract<Node, { readonly type: Type }>;

/** A way on from a state. Without `set` it takes no character. */
export interface Edge {
  readonly to: number;
  readonly set?: CodePointSet;
  /** Only at the start, or only at the end of the word. */
  readonly only?: 'start' | 'end';
  /** Only where this holds for what follows. */
  readonly look?: { readonly negative: boolean; readonly body: Nfa };
}

/** Repetitions that are laid out one by one; beyond that, any number is taken. */
const MOST_COPIES = 300;
/** Larger patterns are not laid out at all. */
const MOST_STATES = 20_000;
/** Edges that a graph may get by leaving out steps that take no character, for each that it has. */
const MOST_GROWTH = 8;
const NEWLINE: CodePointSet = [10, 10];

/**
 * A pattern as a graph, for questions that matching cannot answer: which words does it take that
 * another one takes too. Where a graph cannot say what the pattern says (references, word
 * boundaries, look-behind, large repetitions) it takes more words, never fewer: an answer is to be
 * tried on the pattern itself.
 */
export class Nfa {
  edges: Edge[][] = [[], []];
  readonly start = 0;
  readonly accept = 1;
  /** The pattern was too large: the graph is of its beginning only, and takes anything after that. */
  truncated = false;

  /** Whether what is hard to say is left out, where it is else taken to hold: for what is forbidden. */
  readonly #strict: boolean;

  private constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** The graph of a pattern, for words as a whole. */
  static of(pattern: Node): Nfa {
    return Nfa.#build(pattern, false);
  }

  static #build(pattern: Node, strict: boolean): Nfa {
    const nfa = new Nfa(strict);
    nfa.#lay(pattern, nfa.start, nfa.accept);
    nfa.#skipSilent();
    return nfa;
  }

  /** Lets each state have the edges of those that it reaches without a character, if these are not too many. */
  #skipSilent(): void {
    let room = MOST_GROWTH * this.edges.reduce((sum, edges) => sum + edges.length, 0);
    const direct: Edge[][] = [];
    for (const state of this.edges.keys()) {
      const own = new Set<Edge>();
      const reached = new Set([state]);
      for (const here of reached) {
        if (--room < 0) return;
        for (const edge of this.edges[here] as Edge[]) {
          if (isSilent(edge)) reached.add(edge.to);
          else own.add(edge);
        }
      }
      room -= own.size;
      if (state !== this.accept && reached.has(this.accept)) own.add({ to: this.accept });
      direct.push([...own]);
    }
    this.edges = direct;
  }

  #state(): number {
    return this.edges.push([]) - 1;
  }

  #edge(from: number, edge: Edge): void {
    (this.edges[from] as Edge[]).push(edge);
  }

  #lay(node: Node, from: number, to: number): void {
    if (this.edges.length > MOST_STATES) {
      this.truncated = true;
      this.#anything(from, to);
      return;
    }
    switch (node.type) {
      case 'set':
        this.#edge(from, { to, set: node.set });
        break;
      case 'sequence':
        this.#sequence(node.items, from, to);
        break;
      case 'either':
        for (const branch of node.branches) this.#lay(branch, from, to);
        break;
      case 'capture':
        this.#lay(node.body, from, to);
        break;
      case 'repeat':
        this.#repeat(node, from, to);
        break;
      case 'at':
        this.#edge(from, { to, ...onlyAt(node.place) });
        if (node.place === 'almost-end' && !this.#strict) this.#beforeNewline(from, to);
        break;
      case 'look':
        this.#look(node, from, to);
        break;
      case 'boundary':
        this.#edge(from, { to });
        break;
      case 'reference':
        this.#anything(from, to);
        break;
    }
  }

  #sequence(items: readonly Node[], from: number, to: number): void {
    let here = from;
    for (const item of items) {
      const next = this.#state();
      this.#lay(item, here, next);
      here = next;
    }
    this.#edge(here, { to });
  }

  #repeat({ body, min, max }: Of<'repeat'>, from: number, to: number): void {
    let here = from;
    for (let copy = 0; copy < Math.min(min, MOST_COPIES); copy++) {
      const next = this.#state();
      this.#lay(body, here, next);
      here = next;
    }
    if (max > MOST_COPIES) {
      const loop = this.#state();
      this.#edge(here, { to: loop });
      const back = this.#state();
      this.#lay(body, loop, back);
      this.#edge(back, { to: loop });
      this.#edge(loop, { to });
      return;
    }
    for (let copy = min; copy < max; copy++) {
      this.#edge(here, { to });
      const next = this.#state();
      this.#lay(body, here, next);
      here = next;
    }
    this.#edge(here, { to });
  }

  /** One that forbids is left out where its body's graph would take, and so forbid, too much. */
  #look({ ahead, negative, body }: Of<'look'>, from: number, to: number): void {
    const known = ahead && (!negative || isExact(body));
    const look = known && { negative, body: Nfa.#build(body, negative) };
    this.#edge(from, { to, ...(look && { look }) });
  }

  /** `$` also stands before a newline that ends the word. */
  #beforeNewline(from: number, to: number): void {
    const items: Node[] = [
      { type: 'set', set: NEWLINE },
      { type: 'at', place: 'end' },
    ];
    const body = Nfa.#build({ type: 'sequence', items }, false);
    this.#edge(from, { to, look: { negative: false, body } });
  }

  #anything(from: number, to: number): void {
    this.#edge(from, { to });
    const loop = this.#state();
    this.#edge(from, { to: loop });
    this.#edge(loop, { to: loop, set: EVERYTHING });
    this.#edge(loop, { to });
  }
}

function isSilent({ set, only, look }: Edge): boolean {
  return set === undefined && only === undefined && look === undefined;
}

/** Whether the graph of a pattern takes exactly what the pattern takes. */
function isExact(node: Node): boolean {
  switch (node.type) {
    case 'set':
      return true;
    case 'at':
      return node.place === 'start' || node.place === 'end' || node.place === 'almost-end';
    case 'sequence':
      return node.items.every(isExact);
    case 'either':
      return node.branches.every(isExact);
    case 'capture':
      return isExact(node.body);
    case 'repeat':
      return (
        isExact(node.body) &&
        node.min <= MOST_COPIES &&
        (node.max <= MOST_COPIES || node.max === Number.POSITIVE_INFINITY)
      );
    case 'look':
    case 'boundary':
    case 'reference':
      return false;
  }
}

/** Line starts and ends inside a word are taken to be anywhere. */
function onlyAt(place: Place): { readonly only?: 'start' | 'end' } {
  if (place === 'start') return { only: 'start' };
  return place === 'end' || place === 'almost-end' ? { only: 'end' } : {};
}
