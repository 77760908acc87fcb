/** Schemas of arguments and results: JSON Schema's words, and `bytes` for a Uint8Array. */
export type Schema =
  | StringSchema
  | NumberSchema
  | BooleanSchema
  | NullSchema
  | BytesSchema
  | ArraySchema
  | ObjectSchema
  | EnumSchema
  | ConstSchema
  | AnyOfSchema;

/** What each schema may say besides its own words. */
interface Common {
  readonly description?: string;
}

/** What a string can be written as; `schema/formats.ts` says which way. */
export type Format = 'ipv4' | 'ipv6' | 'cidr' | 'mac' | 'uuid' | 'date-time';

export interface StringSchema extends Common {
  readonly type: 'string';
  /** A regular expression as JavaScript's with flag `u`. It matches anywhere unless it has `^` and `$`. */
  readonly pattern?: string;
  /** An address without a zone, one with a prefix, an RFC 3339 time... */
  readonly format?: Format;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface NumberSchema extends Common {
  readonly type: 'number' | 'integer';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly enum?: readonly number[];
}

export interface BooleanSchema extends Common {
  readonly type: 'boolean';
}

export interface NullSchema extends Common {
  readonly type: 'null';
}

/** A Uint8Array. */
export interface BytesSchema extends Common {
  readonly type: 'bytes';
  /** Bytes. */
  readonly maxLength?: number;
  readonly minLength?: number;
}

export interface ArraySchema extends Common {
  readonly type: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

export interface ObjectSchema extends Common {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** What other properties have to be. None may be there unless this is given. */
  readonly additionalProperties?: Schema;
  readonly propertyNames?: StringSchema;
  readonly maxProperties?: number;
}

export interface EnumSchema extends Common {
  readonly enum: readonly (string | number | boolean | null)[];
}

export interface ConstSchema extends Common {
  readonly const: string | number | boolean | null;
}

export interface AnyOfSchema extends Common {
  readonly anyOf: readonly Schema[];
}

/** One argument: its schema, and whether it may be left out. */
export type ArgumentSchema = Schema & { readonly optional?: boolean };

/** The arguments of a function, by their names; `{}` for none. */
export type ArgumentSchemas = Readonly<Record<string, ArgumentSchema>>;

/** The TypeScript type of what a schema lets pass; unknown when it could be any schema. */
export type ValueOf<S> = Schema extends S
  ? unknown // and no further: a schema holds schemas
  : S extends { readonly const: infer Value }
    ? Value
    : S extends { readonly enum: readonly (infer Value)[] }
      ? Value
      : S extends { readonly anyOf: readonly (infer Inner)[] }
        ? ValueOf<Inner>
        : S extends { readonly type: 'array'; readonly items: infer Items }
          ? ValueOf<Items>[]
          : S extends { readonly type: 'object' }
            ? ObjectOf<S>
            : S extends { readonly type: infer Type extends keyof Simple }
              ? Simple[Type]
              : never;

/** What passes by its `type` alone. */
interface Simple {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
  bytes: Uint8Array;
}

type PropertiesOf<S> = S extends { readonly properties: infer Properties } ? Properties : unknown;
type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;
type OthersOf<S> = S extends { readonly additionalProperties: infer Other }
  ? Record<string, ValueOf<Other>>
  : unknown;

type ObjectOf<S> = Flat<
  {
    -readonly [Name in keyof PropertiesOf<S> & RequiredOf<S>]: ValueOf<PropertiesOf<S>[Name]>;
  } & {
    -readonly [Name in Exclude<keyof PropertiesOf<S>, RequiredOf<S>>]?: ValueOf<
      PropertiesOf<S>[Name]
    >;
  }
> &
  OthersOf<S>;

type Flat<Type> = { [Name in keyof Type]: Type[Name] };

type OptionalNames<Args> = {
  [Name in keyof Args]: Args[Name] extends { readonly optional: true } ? Name : never;
}[keyof Args];

/** The arguments object that the schemas let pass. */
export type Arguments<Args extends ArgumentSchemas> = Flat<
  {
    -readonly [Name in Exclude<keyof Args, OptionalNames<Args>>]: ValueOf<Args[Name]>;
  } & { -readonly [Name in OptionalNames<Args>]?: ValueOf<Args[Name]> }
>;

/**
 * What may be given where a value of a type is wanted that is copied anyway: arrays and properties may
 * be readonly, and what may be left out may be undefined.
 */
export type Given<Type> = Type extends Uint8Array
  ? Type
  : Type extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : Type extends object
      ? { readonly [Name in keyof Type]: Given<Type[Name]> | OptionalAt<Type, Name> }
      : Type;

type OptionalAt<Type, Name extends keyof Type> =
  Record<never, never> extends Pick<Type, Name> ? undefined : never;

/**
 * The same schemas, where every word is one that its schema can have; `never` at a word that is not.
 * TypeScript looks for unknown properties where a type is written, and here it is inferred.
 */
export type Checked<Args> = {
  readonly [Name in keyof Args]: CheckedSchema<Args[Name], 'optional'>;
};

/** The same for the schema of a result. */
export type CheckedSchema<S, Also = never> = Schema extends S
  ? S
  : {
      readonly [Word in keyof S]: Word extends WordOf<S> | Also
        ? CheckedWord<S, Word, S[Word]>
        : never;
    };

/** The words that a schema can have: those of its kind. */
type WordOf<S> = S extends { readonly type: infer Type }
  ? KeysFor<Type, Typed>
  : Extract<UntypedWord, keyof S> | keyof Common;

type KeysFor<Type, Kind> = Kind extends { readonly type: infer Types }
  ? Type extends Types
    ? keyof Kind
    : never
  : never;
type Typed = Extract<Schema, { readonly type: unknown }>;
type UntypedWord = Exclude<keyof EnumSchema | keyof ConstSchema | keyof AnyOfSchema, keyof Common>;

type CheckedWord<S, Word, Said> = Word extends 'items' | 'additionalProperties' | 'propertyNames'
  ? CheckedSchema<Said>
  : Word extends 'properties' | 'anyOf'
    ? { readonly [Name in keyof Said]: CheckedSchema<Said[Name]> }
    : Word extends 'required'
      ? readonly (keyof PropertiesOf<S>)[]
      : Said;
