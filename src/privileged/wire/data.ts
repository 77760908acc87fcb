/**
 * Plain data: null, booleans, finite numbers, strings, arrays without holes, objects whose prototype
 * is Object.prototype or null and whose properties are plain data, and Uint8Arrays. JSON carries it
 * exactly, lone surrogates too, but for two things: -0 becomes 0, and a property that is undefined is
 * not there. Bytes are taken out of it and travel behind the JSON.
 */
import { DataError } from './data-error.js';
import { isBytesPlace } from './guards.js';
import { DEFAULT_LIMITS } from './message-limits.js';
import { MOST_DEPTH } from './messages.js';
import { type BytesPlace, type Place, placeText } from './place.js';
import { Taker } from './taker.js';

export { DataError } from './data-error.js';
export type { BytesPlace } from './place.js';

/** Plain data for JSON.stringify: each Uint8Array in it is null instead, and listed. */
export interface Parts {
  readonly value: unknown;
  readonly places: BytesPlace[];
  /** Copies, in the order of `places`. */
  readonly bytes: Uint8Array[];
}

/**
 * Copies plain data and takes the bytes out of it. Nothing in the copy is the caller's, so what has
 * been checked here is what is sent. No code of the value's is called: no accessor, no `toJSON`.
 *
 * @param value undefined is taken too, as the value as a whole
 * @param name what messages call the value
 * @throws {DataError} it is not plain data, or more of it than MOST_DEPTH or the limits allow. That of
 * text is looked at roughly here, and exactly by `Channel.send`
 */
export function takeApart(value: unknown, name = 'value', limits = DEFAULT_LIMITS): Parts {
  const taker = new Taker(name, limits);
  const copy = value === undefined ? undefined : taker.take(value);
  return { value: copy, places: taker.places, bytes: taker.bytes };
}

/**
 * Puts the bytes behind a message where they belong. Each becomes a Uint8Array with memory of its own.
 *
 * @param value what JSON.parse gave, from anybody; it is changed
 * @param places undefined for none
 * @param bytes all of them, one behind the other
 * @throws {DataError} the value is too deep or has a `__proto__`, or the places do not fit it
 */
export function putTogether(
  value: unknown,
  places: unknown,
  bytes: Uint8Array,
  name = 'value',
): unknown {
  if (isOddNumber(value)) return putTogether(plainNumber(value, name, []), places, bytes, name);
  checkPlain(value, name);
  const list = places ?? [];
  if (!Array.isArray(list) || !list.every(isBytesPlace)) {
    throw new DataError('the places of bytes are not a list of paths and lengths');
  }
  const total = list.reduce((sum, [, length]) => sum + length, 0);
  if (total !== bytes.length) {
    throw new DataError(`there are places for ${total} bytes, and ${bytes.length} bytes`);
  }
  const root = { value };
  let from = 0;
  for (const [path, length] of list) {
    const own = new Uint8Array(length);
    own.set(bytes.subarray(from, from + length));
    from += length;
    put(root, path, own, name);
  }
  return root.value;
}

/** Every step leads to something of the value's own, and the last to a null. */
function put(root: { value: unknown }, path: Place, bytes: Uint8Array, name: string): void {
  let holder: unknown = root;
  let step: string | number = 'value';
  for (const next of path) {
    holder = ownOf(holder, step);
    step = next;
  }
  if (ownOf(holder, step) !== null) {
    throw new DataError(`bytes are to be put where no null is: ${placeText(name, path)}`);
  }
  (holder as Record<string | number, unknown>)[step] = bytes;
}

/** What is in an object by its name, or in an array by its number; undefined when it is not there. */
function ownOf(holder: unknown, step: string | number): unknown {
  if (Array.isArray(holder)) return typeof step === 'number' ? holder[step] : undefined;
  if (typeof holder !== 'object' || holder === null || typeof step !== 'string') return undefined;
  if (!Object.hasOwn(holder, step)) return undefined;
  return (holder as Record<string, unknown>)[step];
}

/**
 * Refuses what JSON can say and plain data is not. A `-0` in it becomes 0.
 *
 * @param value what JSON.parse gave: everything else is plain data already
 * @throws {DataError} it is deeper than MOST_DEPTH, a property is called `__proto__`, or a number is
 * larger than JavaScript's
 */
export function checkPlain(value: unknown, name = 'value'): void {
  if (typeof value !== 'object' || value === null) return;
  const path: (string | number)[] = [];
  const visit = (holder: object): void => {
    if (path.length >= MOST_DEPTH) {
      throw new DataError(
        `${placeText(name, path)} is an object or array within more than ${MOST_DEPTH - 1} others`,
      );
    }
    if (Array.isArray(holder)) {
      for (let index = 0; index < holder.length; index++) {
        const inner: unknown = holder[index];
        if (typeof inner === 'object' && inner !== null) {
          path.push(index);
          visit(inner);
          path.pop();
        } else if (isOddNumber(inner)) holder[index] = plainNumber(inner, name, [...path, index]);
      }
      return;
    }
    for (const key of Object.keys(holder)) {
      if (key === '__proto__') {
        throw new DataError(`${placeText(name, path)} has a property called \`__proto__\``);
      }
      const inner: unknown = (holder as Record<string, unknown>)[key];
      if (typeof inner === 'object' && inner !== null) {
        path.push(key);
        visit(inner);
        path.pop();
      } else if (isOddNumber(inner)) {
        (holder as Record<string, unknown>)[key] = plainNumber(inner, name, [...path, key]);
      }
    }
  };
  visit(value);
}

/** What JSON can say, and a copy of plain data never does: `-0`, and `1e999`, which is read as Infinity. */
function isOddNumber(value: unknown): value is number {
  return typeof value === 'number' && (Object.is(value, -0) || !Number.isFinite(value));
}

/** @throws {DataError} it is not finite */
function plainNumber(value: number, name: string, path: Place): number {
  if (value === 0) return 0;
  throw new DataError(`${placeText(name, path)} is a number that is too large`);
}
