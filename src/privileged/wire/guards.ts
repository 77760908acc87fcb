/** What a process believes of a message: exactly what messages.ts says, by hand since each call waits. */
import { PRIVILEGED_ERROR_CODES } from './errors.js';
import { type FromHelper, LOG_LEVELS, type ToHelper } from './messages.js';
import type { BytesPlace } from './place.js';

type Properties = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isId: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isCode: Check = (value) => isText(value) || Number.isFinite(value);
const isAnything: Check = () => true;
const isOneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** The properties an object may have, and must have unless they are among the optional ones. */
class Shape {
  readonly #required: readonly string[];
  readonly #checks: ReadonlyMap<string, Check>;

  constructor(
    required: Readonly<Record<string, Check>>,
    optional: Readonly<Record<string, Check>> = {},
  ) {
    this.#required = Object.keys(required);
    this.#checks = new Map(Object.entries({ ...required, ...optional }));
  }

  fits(value: unknown): boolean {
    if (!isObject(value)) return false;
    for (const name of Object.keys(value)) {
      if (this.#checks.get(name)?.(value[name]) !== true) return false;
    }
    return this.#required.every((name) => Object.hasOwn(value, name));
  }
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isBytesPlace(value: unknown): value is BytesPlace {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [path, length] = value as unknown[];
  return isPath(path) && isCount(length);
}

const isPath = isListOf((step) => isText(step) || isCount(step));
const isPlaces = isListOf(isBytesPlace);

const thrown = new Shape({ name: isText, message: isText }, { code: isCode, stack: isText });
const failures: ReadonlyMap<unknown, Shape> = new Map([
  ['function', new Shape({ kind: isText, thrown: (value) => thrown.fits(value) })],
  ['cancelled', new Shape({ kind: isText })],
  ['refused', new Shape({ kind: isText, code: isOneOf(PRIVILEGED_ERROR_CODES), message: isText })],
]);
const isFailure: Check = (value) =>
  isObject(value) && failures.get(value.kind)?.fits(value) === true;

const type = isText; // it chose the shape
const toHelper: ReadonlyMap<unknown, Shape> = new Map([
  ['call', new Shape({ type, id: isId, name: isText, args: isAnything }, { bytes: isPlaces })],
  ['cancel', new Shape({ type, id: isId })],
]);

const fromHelper: ReadonlyMap<unknown, Shape> = new Map([
  ['ready', new Shape({ type, protocol: isCount, context: isText, functions: isListOf(isText) })],
  ['fatal', new Shape({ type, message: isText })],
  ['result', new Shape({ type, id: isId }, { value: isAnything, bytes: isPlaces })],
  ['error', new Shape({ type, id: isId, failure: isFailure })],
  ['log', new Shape({ type, level: isOneOf(LOG_LEVELS), message: isText }, { function: isText })],
]);

/** Whether what a helper received is a message to it. */
export function isToHelper(value: unknown): value is ToHelper {
  return isObject(value) && toHelper.get(value.type)?.fits(value) === true;
}

/** Whether what a service received is a message of its helper. */
export function isFromHelper(value: unknown): value is FromHelper {
  return isObject(value) && fromHelper.get(value.type)?.fits(value) === true;
}
