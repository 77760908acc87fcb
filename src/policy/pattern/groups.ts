import { PatternSyntaxError } from './syntax.js';
import { NO_WIDTH, type Width } from './width.js';

/** The capturing groups seen so far, and the rules for referring to them. */
export class Groups {
  readonly #widths: (Width | undefined)[] = [NO_WIDTH];
  readonly #names = new Map<string, number>();
  /** The number of the first group inside the outermost lookbehind that is open, if any. */
  firstInLookbehind: number | undefined;

  /** The number that the next group gets. */
  get next(): number {
    return this.#widths.length;
  }

  /** @throws PatternSyntaxError when the name is taken */
  open(name: string | undefined, position: number): number {
    const group = this.next;
    if (name !== undefined) {
      if (this.#names.has(name)) {
        throw new PatternSyntaxError(`redefinition of group name '${name}'`, position);
      }
      this.#names.set(name, group);
    }
    this.#widths.push(undefined);
    return group;
  }

  close(group: number, width: Width): void {
    this.#widths[group] = width;
  }

  /** @throws PatternSyntaxError when no group has that name */
  named(name: string, position: number): number {
    const group = this.#names.get(name);
    if (group === undefined) {
      throw new PatternSyntaxError(`unknown group name '${name}'`, position);
    }
    return group;
  }

  /** The width of a closed group. */
  width(group: number): Width {
    return this.#widths[group] ?? NO_WIDTH;
  }

  /** @throws PatternSyntaxError when a reference to the group may not stand here */
  checkReference(group: number, position: number): void {
    if (group >= this.next) {
      throw new PatternSyntaxError(`invalid group reference ${group}`, position);
    }
    if (this.#widths[group] === undefined) {
      throw new PatternSyntaxError('cannot refer to an open group', position);
    }
    if (this.firstInLookbehind !== undefined && group >= this.firstInLookbehind) {
      throw new PatternSyntaxError(
        'cannot refer to group defined in the same lookbehind subpattern',
        position,
      );
    }
  }
}
