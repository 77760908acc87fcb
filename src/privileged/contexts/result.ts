/** The types of results where no `returns` says what they are: what a body may give, and what arrives. */

/** What JSON has itself, and no result. */
// biome-ignore lint/suspicious/noConfusingVoidType: what a body without a result gives
type Scalar = string | number | boolean | null | undefined | void;

/** What the compiler names where a body gives something that cannot cross: nothing is of this type. */
export interface NotPlainData {
  readonly [onlyPlainDataAndUint8ArraysCross]: never;
}
declare const onlyPlainDataAndUint8ArraysCross: unique symbol;

/**
 * The type itself where all in it can cross, and NotPlainData in the place of what cannot: functions,
 * and so whatever has methods (Date, Map, Stats), bigints, symbols, errors.
 */
export type PlainData<Type> = unknown extends Type
  ? Type // nothing is known of it
  : Type extends Scalar | Uint8Array
    ? Type
    : Type extends bigint | symbol | AnyFunction
      ? NotPlainData
      : 'stack' extends keyof Type
        ? Type extends Error
          ? NotPlainData // an object with a name and a message may be data; with a stack it is an error
          : Inner<Type>
        : Inner<Type>;

type Inner<Type> = Type extends readonly unknown[]
  ? { [Index in keyof Type]: Item<Type[Index]> }
  : { [Name in keyof Type]: PlainData<Type[Name]> };

/** A property that is undefined is left out; an array cannot leave out an element. */
type Item<Type> = unknown extends Type
  ? Type
  : undefined extends Type
    ? NotPlainData
    : PlainData<Type>;

/** What a caller gets of it: the copy has no Buffers, but Uint8Arrays. */
export type Received<Type> = unknown extends Type
  ? Type
  : Type extends Scalar
    ? Type
    : Type extends Uint8Array
      ? Uint8Array
      : { [Name in keyof Type]: Received<Type[Name]> };

type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);
