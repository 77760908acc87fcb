import { types } from 'node:util';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { PrivilegedError } from '../wire/errors.js';
import { quotedName } from '../wire/place.js';
import { BYTES_KEYWORD } from './bytes-keyword.js';
import { FORMATS } from './formats.js';
import { problemText } from './problems.js';
import { type JsonObjectSchema, readArguments, readResult } from './read-schema.js';
import type { ArgumentSchemas, Schema } from './types.js';

export { SchemaError } from './schema-error.js';

/** Problems that one message tells. */
const MOST_TOLD = 5;

const ajv = new Ajv({
  strict: true,
  ownProperties: true,
  // read-schema.ts has looked at every word
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  formats: FORMATS,
});
ajv.addKeyword(BYTES_KEYWORD);

/**
 * A function that throws for what is not the arguments that the schemas describe, with what is wrong
 * with each, and nothing of their values. A pattern that V8 takes long for, such as `^(a+)+$`, lets a
 * caller stop the helper of its own context for as long, and nothing else.
 *
 * @param args read and copied now: what becomes of them later changes nothing
 * @returns throws PrivilegedError, ERR_PRIVILEGED_ARGUMENTS
 * @throws {SchemaError}
 */
export function compileArguments(args: ArgumentSchemas | undefined): (value: unknown) => void {
  const schema = readArguments(args);
  const check = ajv.compile(schema);
  return (value) => {
    if (check(value)) return;
    const problems = isObject(value)
      ? problemsOf(schema, value)
      : [problemText('args', [], errorsOf(check))];
    const more = problems.length - MOST_TOLD;
    const told = problems.slice(0, MOST_TOLD).join('; ');
    throw new PrivilegedError(
      'ERR_PRIVILEGED_ARGUMENTS',
      more > 0 ? `${told}; and ${more} more` : told,
    );
  };
}

/**
 * The same for a result.
 *
 * @returns throws PrivilegedError, ERR_PRIVILEGED_RESULT
 * @throws {SchemaError}
 */
export function compileResult(schema: Schema): (value: unknown) => void {
  const check = ajv.compile(readResult(schema));
  return (value) => {
    if (check(value)) return;
    throw new PrivilegedError('ERR_PRIVILEGED_RESULT', problemText('result', [], errorsOf(check)));
  };
}

/** One for each argument: ajv stops at the first, since somebody may send a million that are wrong. */
function problemsOf(schema: JsonObjectSchema, args: Readonly<Record<string, unknown>>): string[] {
  const { properties, required } = schema;
  const unknown = Object.keys(args).filter((name) => !Object.hasOwn(properties, name));
  const missing = required.filter((name) => !Object.hasOwn(args, name));
  const given = Object.entries(properties).filter(([name]) => Object.hasOwn(args, name));
  return [
    ...unknown.map((name) => `there is no argument ${quotedName(name)}`),
    ...missing.map((name) => `argument ${quotedName(name)} is missing`),
    ...given.flatMap(([name, inner]) => {
      const check = ajv.compile(inner); // once: ajv knows it again
      return check(args[name]) ? [] : [problemText('args', [name], errorsOf(check))];
    }),
  ];
}

function errorsOf(check: ValidateFunction): readonly ErrorObject[] {
  return check.errors ?? [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !types.isUint8Array(value);
}
