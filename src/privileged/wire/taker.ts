import { types } from 'node:util';
import { DataError } from './data-error.js';
import type { MessageLimits } from './message-limits.js';
import { MOST_DEPTH } from './messages.js';
import { type BytesPlace, placeText } from './place.js';

/** Copies one value and takes the bytes out of it; see `takeApart`. */
export class Taker {
  readonly places: BytesPlace[] = [];
  readonly bytes: Uint8Array[] = [];
  readonly #name: string;
  readonly #limits: MessageLimits;
  /** The place of what is being copied. */
  readonly #path: (string | number)[] = [];
  /** Bytes that the JSON text has at least. One object in many places counts at each of them. */
  #text = 0;
  #byteCount = 0;

  constructor(name: string, limits: MessageLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  take(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        this.#count(value.length + 2);
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw this.#fault('is not a finite number');
        this.#count(1);
        return value;
      case 'boolean':
        this.#count(4);
        return value;
      case 'object':
        if (value === null) {
          this.#count(4);
          return value;
        }
        return this.#takeObject(value);
      default:
        throw this.#noData(NAMES[typeof value]);
    }
  }

  #takeObject(value: object): unknown {
    if (types.isProxy(value)) throw this.#noData('a Proxy');
    if (Array.isArray(value)) return this.#takeArray(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#takeProperties(value);
    if (types.isUint8Array(value)) return this.#takeBytes(value);
    throw this.#noData('an object of a class');
  }

  #takeArray(array: readonly unknown[]): unknown[] {
    if (Object.getPrototypeOf(array) !== Array.prototype)
      throw this.#noData('an object of a class');
    const { length } = array;
    this.#count(length + 1);
    this.#enter();
    const copy: unknown[] = [];
    for (let index = 0; index < length; index++) {
      this.#path.push(index);
      const property = Object.getOwnPropertyDescriptor(array, index);
      if (property === undefined) throw this.#fault('is a hole in an array');
      if (property.value === undefined) throw this.#noData(absence(property));
      copy.push(this.take(property.value));
      this.#path.pop();
    }
    // all its names are its indices and `length`
    if (Object.getOwnPropertyNames(array).length !== length + 1) {
      throw this.#fault('is an array with properties of its own');
    }
    this.#refuseSymbols(array);
    return copy;
  }

  #takeProperties(object: object): Record<string, unknown> {
    this.#count(2);
    this.#enter();
    const copy: Record<string, unknown> = {};
    for (const name of Object.getOwnPropertyNames(object)) {
      this.#path.push(name);
      if (name === '__proto__') throw this.#fault('cannot be the name of a property');
      const property = Object.getOwnPropertyDescriptor(object, name) as PropertyDescriptor;
      if (property.enumerable !== true) throw this.#fault('is a property that is not enumerable');
      if (property.value !== undefined) {
        this.#count(name.length + 3);
        copy[name] = this.take(property.value);
      } else if (property.get !== undefined || property.set !== undefined) {
        throw this.#noData(absence(property));
      }
      this.#path.pop();
    }
    this.#refuseSymbols(object);
    return copy;
  }

  #takeBytes(value: Uint8Array): null {
    const length = lengthOf(value);
    this.#byteCount += length;
    const most = this.#limits.bytes;
    if (this.#byteCount > most) throw this.#fault(`makes more than ${most} bytes`);
    this.#count(4);
    this.places.push([[...this.#path], length]);
    this.bytes.push(this.#copyBytes(value, length));
    return null;
  }

  /** Also of memory that another thread writes to, which may have grown since it was asked. */
  #copyBytes(value: Uint8Array, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    try {
      copy.set(new Uint8Array(bufferOf(value), offsetOf(value), length));
    } catch {
      throw this.#fault('is a Uint8Array whose memory is gone');
    }
    return copy;
  }

  /** Told before anything within is looked at, so that a value that holds itself ends here. */
  #enter(): void {
    if (this.#path.length >= MOST_DEPTH) {
      throw this.#fault(`is an object or array within more than ${MOST_DEPTH - 1} others`);
    }
  }

  #refuseSymbols(object: object): void {
    if (Object.getOwnPropertySymbols(object).length > 0) {
      throw this.#fault('has a property whose name is a symbol');
    }
  }

  #count(bytes: number): void {
    this.#text += bytes;
    const most = this.#limits.text;
    if (this.#text > most) throw this.#fault(`makes more than ${most} bytes of JSON`);
  }

  #noData(what: string | undefined): DataError {
    return this.#fault(`is ${what}; only plain JSON data and Uint8Arrays can be sent`);
  }

  #fault(problem: string): DataError {
    return new DataError(`${placeText(this.#name, this.#path)} ${problem}`);
  }
}

/** What an array is made of, asked of itself: properties of these names may be the array's own. */
const inherited = Object.getPrototypeOf(Uint8Array.prototype);
const [lengthOf, offsetOf, bufferOf] = ['byteLength', 'byteOffset', 'buffer'].map((name) => {
  const { get } = Object.getOwnPropertyDescriptor(inherited, name) as PropertyDescriptor;
  return (array: Uint8Array) => get?.call(array);
}) as [
  (array: Uint8Array) => number,
  (array: Uint8Array) => number,
  (array: Uint8Array) => ArrayBuffer,
];

/** What `typeof` says of values that are no data. */
const NAMES: Readonly<Record<string, string>> = {
  undefined: 'undefined',
  function: 'a function',
  symbol: 'a symbol',
  bigint: 'a bigint',
};

/** What a property is that has no value. */
function absence(property: PropertyDescriptor): string {
  return 'value' in property ? 'undefined' : 'an accessor';
}
