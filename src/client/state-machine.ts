/** Which state may follow which. */
export type Arrows<Name extends string> = Readonly<Record<Name, readonly Name[]>>;

/**
 * A state by its name. It changes only by `enter`, along the arrows of its table, so no order of
 * events leads anywhere else.
 */
export class StateMachine<Name extends string> {
  readonly #arrows: Arrows<Name>;
  #now: Name;

  constructor(arrows: Arrows<Name>, first: Name) {
    this.#arrows = arrows;
    this.#now = first;
  }

  get now(): Name {
    return this.#now;
  }

  /** @returns false, and nothing has changed, when no arrow leads there from the present state */
  enter(next: Name): boolean {
    if (!this.#arrows[this.#now].includes(next)) return false;
    this.#now = next;
    return true;
  }
}
