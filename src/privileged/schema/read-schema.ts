/**
 * Reads the schemas of arguments and results as modules give them, which may be plain JavaScript, and
 * writes them again as JSON schemas for ajv. What is written shares nothing with what was read, and
 * holds no word of JSON Schema but those in the table below.
 */
import { MOST_DEPTH } from '../wire/messages.js';
import { type Place, placeText, quotedName } from '../wire/place.js';
import { FORMATS } from './formats.js';
import { SchemaError } from './schema-error.js';

/** A JSON schema. `bytes` is a keyword of our own: false for no Uint8Array, limits for one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface JsonObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/** Reads what a keyword says; `at` is its place. */
type Reader = (value: unknown, at: Place) => unknown;

type Keywords = Readonly<Record<string, Reader>>;

const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isScalar = (value: unknown) =>
  value === null || isText(value) || typeof value === 'boolean' || Number.isFinite(value);

const one =
  (check: (value: unknown) => boolean, what: string): Reader =>
  (value, at) => {
    if (!check(value)) throw fault(at, `is not ${what}`);
    return value;
  };

const some =
  (read: Reader): Reader =>
  (value, at) => {
    if (!Array.isArray(value)) throw fault(at, 'is not an array');
    if (value.length === 0) throw fault(at, 'is empty: nothing would pass; write what may');
    return Array.from(value, (inner, index) => read(inner, [...at, index]));
  };

const text = one(isText, 'a string');
const count = one(isCount, 'a whole number, 0 or larger');
const number = one(Number.isFinite, 'a finite number');
const flag = one((value) => typeof value === 'boolean', 'true or false');
const above0 = one((value) => Number.isFinite(value) && (value as number) > 0, 'a number above 0');

const pattern: Reader = (value, at) => {
  const source = text(value, at) as string;
  try {
    new RegExp(source, 'u');
  } catch (error) {
    throw fault(at, `cannot be used with flag \`u\`: ${(error as Error).message}`);
  }
  return source;
};

const format: Reader = (value, at) => {
  if (typeof value === 'string' && Object.hasOwn(FORMATS, value)) return value;
  throw fault(at, `is none of ${Object.keys(FORMATS).join(', ')}; write a \`pattern\` for others`);
};

/** What each kind of schema may say: by its `type`, or by the word that it has instead of one. */
const KINDS: Readonly<Record<string, Keywords>> = {
  string: { pattern, format, enum: some(text), minLength: count, maxLength: count },
  number: numbers(),
  integer: numbers(),
  boolean: {},
  null: {},
  bytes: { minLength: count, maxLength: count },
  array: { items: readSchema, minItems: count, maxItems: count, uniqueItems: flag },
  object: {
    properties: readProperties,
    required: (value, at) =>
      Array.isArray(value) && value.length === 0 ? [] : some(text)(value, at),
    additionalProperties: readSchema,
    propertyNames: readSchema,
    maxProperties: count,
  },
};

const scalar = one(isScalar, 'a string, a finite number, true, false or null');
const TYPELESS: Readonly<Record<string, Reader>> = {
  enum: some(scalar),
  const: scalar,
  anyOf: some(readSchema),
};

function numbers(): Keywords {
  const bounds = { minimum: number, maximum: number };
  const exclusive = { exclusiveMinimum: number, exclusiveMaximum: number };
  return { ...bounds, ...exclusive, multipleOf: above0, enum: some(number) };
}

/** For words that one may expect here. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['$ref', 'write the schema here itself'],
  ['optional', 'only arguments have it; leave the property out of `required`'],
  ['nullable', "write { anyOf: [..., { type: 'null' }] }"],
  ['default', 'write `optional` for an argument, and the default in the function'],
]);

/**
 * The schemas of a function's arguments as one of their object.
 *
 * @throws {SchemaError}
 */
export function readArguments(args: unknown): JsonObjectSchema {
  if (args === undefined || args === null) {
    throw new SchemaError('the arguments have no schema; write `{}` if there are none');
  }
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const [name, given] of entriesOf(args, [])) {
    checkName(name, []);
    const { optional = false, ...schema } = Object.fromEntries(entriesOf(given, [name]));
    if (flag(optional, [name, 'optional']) === false) required.push(name);
    properties[name] = readSchema(schema, [name]);
  }
  return { type: 'object', bytes: false, properties, required, additionalProperties: false };
}

/**
 * The schema of a result.
 *
 * @throws {SchemaError}
 */
export function readResult(schema: unknown): JsonSchema {
  return readSchema(schema, []);
}

function readSchema(schema: unknown, at: Place): JsonSchema {
  // also ends for a schema that holds itself
  if (at.length > 2 * MOST_DEPTH) throw fault(at, 'is too deep');
  const { description, ...words } = Object.fromEntries(entriesOf(schema, at));
  if (description !== undefined) text(description, [...at, 'description']);
  if ('type' in words) return readTyped(words, at);
  const kind = Object.keys(TYPELESS).find((word) => word in words);
  if (kind === undefined) throw fault(at, 'has no `type`, and no `enum`, `const` or `anyOf`');
  return readWords(words, { [kind]: TYPELESS[kind] as Reader }, `a schema with \`${kind}\``, at);
}

function readTyped({ type, ...words }: Record<string, unknown>, at: Place): JsonSchema {
  const keywords = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (keywords === undefined) {
    throw fault([...at, 'type'], `is none of ${Object.keys(KINDS).join(', ')}`);
  }
  const read = readWords(words, keywords, `type ${type}`, at);
  if (type === 'bytes') return { bytes: read };
  if (type === 'array' && !('items' in read)) throw fault(at, 'says nothing of its `items`');
  return type === 'object' ? closed(read, at) : { type, ...read };
}

/** An object with all that JSON Schema would leave open. */
function closed(read: JsonSchema, at: Place): JsonObjectSchema {
  const { properties = {}, required = [], additionalProperties = false } = read as JsonObjectSchema;
  for (const name of required) {
    if (Object.hasOwn(properties, name)) continue;
    throw fault([...at, 'required'], `names ${quotedName(name)}, which is not in \`properties\``);
  }
  return { type: 'object', bytes: false, ...read, properties, required, additionalProperties };
}

function readWords(
  words: Record<string, unknown>,
  keywords: Keywords,
  what: string,
  at: Place,
): JsonSchema {
  const read = Object.entries(words).map(([word, value]) => {
    const reader = Object.hasOwn(keywords, word) ? keywords[word] : undefined;
    if (reader === undefined) throw fault(at, unknownWord(word, keywords, what));
    // most likely a slip in the name of a constant: what it should have said would be missing
    if (value === undefined)
      throw fault([...at, word], 'is undefined; leave it out if it is meant');
    return [word, reader(value, [...at, word])];
  });
  return Object.fromEntries(read);
}

function unknownWord(word: string, keywords: Keywords, what: string): string {
  const known = Object.keys(keywords).join(', ');
  const hint = HINTS.get(word) ?? `${what} takes ${known === '' ? 'no others' : known}`;
  return `cannot have ${quotedName(word)}; ${hint}`;
}

function readProperties(value: unknown, at: Place): Readonly<Record<string, JsonSchema>> {
  const properties: Record<string, JsonSchema> = {};
  for (const [name, schema] of entriesOf(value, at)) {
    checkName(name, at);
    properties[name] = readSchema(schema, [...at, name]);
  }
  return properties;
}

/** Refuses what is in every object: a function that asks for it would find it where none was given. */
function checkName(name: string, at: Place): void {
  if (name in Object.prototype) {
    throw fault([...at, name], 'is what every object of JavaScript has; choose another name');
  }
}

function entriesOf(value: unknown, at: Place): [string, unknown][] {
  const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) {
    throw fault(at, 'is not a plain object');
  }
  return Object.entries(value as object);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function fault(at: Place, problem: string): SchemaError {
  return new SchemaError(`${at.length === 0 ? 'the schema' : placeText('schema', at)} ${problem}`);
}
