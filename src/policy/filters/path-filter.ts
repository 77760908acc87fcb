import { type Pin, posix } from '../../posix/addon.js';
import { canOthersFill, type ResolvedPath, resolvePath } from '../../posix/resolve-path.js';
import type { Steps } from '../steps.js';
import {
  Filter,
  type FilterSource,
  type MatchContext,
  misnamed,
  type Reach,
  refuse,
  spellings,
  type Verdict,
} from './filter.js';
import { ANYTHING, oneOf, type Shape, type WordRule } from './shape.js';

/**
 * `PathFilter, exec, user, constraint...`: one constraint for each argument. `pass` takes anything,
 * an absolute path takes what resolves to it or below it, anything else must be equal.
 */
export class PathFilter extends Filter {
  readonly reach: Reach;
  readonly #constraints: readonly string[];

  constructor(source: FilterSource, [exec = '', user = '', ...constraints]: readonly string[]) {
    super(source, exec, user);
    this.#constraints = constraints;
    this.reach = { by: 'first', words: spellings(exec) };
  }

  match(words: readonly string[], context: MatchContext): Verdict | Steps<Verdict> {
    const otherProgram = misnamed(words[0], this.exec);
    if (otherProgram !== undefined) return otherProgram;
    const given = words.slice(1);
    if (given.length === 0) return refuse('takes at least one argument');
    if (given.length !== this.#constraints.length) {
      return refuse(`takes ${this.#constraints.length} arguments, not ${given.length}`);
    }
    return this.#look(given, context);
  }

  /** Looking for paths takes long where whoever made them wanted that. */
  *#look(given: readonly string[], { budget }: MatchContext): Steps<Verdict> {
    const args: string[] = [];
    const exchangeable: Pin[] = [];
    const filled: number[] = [];
    for (const [index, constraint] of this.#constraints.entries()) {
      const word = given[index] ?? '';
      if (!constraint.startsWith('/')) {
        if (constraint !== 'pass' && constraint !== word) {
          return refuse(`is not ${constraint}`, index + 1);
        }
        args.push(word);
        continue;
      }
      const place = this.settle(word);
      if (budget.isTurnOver) yield* budget.pause();
      if (place === undefined) return refuse('cannot be resolved', index + 1);
      if (!isWithin(place.path, constraint)) {
        return refuse(`resolves to ${place.path}, which is not under ${constraint}`, index + 1);
      }
      if (place.exchangeable) {
        if (!place.exists) {
          return {
            ...refuse(
              `names nothing yet, in a directory where others could put a link (${place.path})`,
              index + 1,
            ),
            isTelling: true,
          };
        }
        exchangeable.push({ index: args.length, isDirectory: place.isDirectory });
      } else if (place.isDirectory && isFilledByOthers(place.path, this.user)) {
        filled.push(args.length);
      }
      args.push(place.path);
    }
    return { matched: true, args, exchangeable, filled };
  }

  /** Where a word leads on this machine; those who judge filters suppose directories. */
  protected settle(word: string): ResolvedPath | undefined {
    return settle(word);
  }

  shape(): Shape {
    const words = [oneOf(spellings(this.exec)), ...this.#constraints.map(ruleOf)];
    return { variables: [], words, rest: 'nothing' };
  }
}

function ruleOf(constraint: string): WordRule {
  if (constraint === 'pass') return ANYTHING;
  return constraint.startsWith('/')
    ? { takes: 'path', directory: constraint }
    : oneOf([constraint]);
}

/**
 * The canonical path of a word, and whether its directories let anybody else exchange it after
 * this. Undefined when it does not settle: a loop, or a name that changes while being read.
 */
function settle(word: string): ResolvedPath | undefined {
  const first = resolvePath(word);
  const again = first && resolvePath(first.path);
  return again?.path === first?.path ? again : undefined;
}

/**
 * Whether somebody other than root and the filter's user can put a link into a directory.
 *
 * @param path canonical, and not exchangeable
 * @param user the filter's, who gains nothing from what runs with that user's rights
 */
export function isFilledByOthers(path: string, user: string): boolean {
  return canOthersFill(path, () => userId(user));
}

function userId(name: string): number | undefined {
  try {
    return posix.lookupUser(name)?.uid;
  } catch {
    return undefined; // cannot be told: then it is nobody to trust
  }
}

/** At or below the directory; `/var/lib/images-evil` is not within `/var/lib/images`. */
export function isWithin(path: string, directory: string): boolean {
  return (
    path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
  );
}
