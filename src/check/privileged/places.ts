import type { ArgumentSchemas, ObjectSchema, Schema } from '../../privileged/schema/types.js';
import { saysNothing } from './names.js';

/** A schema within the arguments of a function. */
export interface SchemaPlace {
  /** For people: `options.files[]`. */
  readonly label: string;
  /** The nearest name that says what it is. */
  readonly name: string;
  readonly schema: Schema;
}

/** Every schema within the arguments, the outer ones first. */
export function* placesIn(args: ArgumentSchemas): Generator<SchemaPlace> {
  for (const [name, schema] of Object.entries(args)) yield* within({ label: name, name, schema });
}

function* within(place: SchemaPlace): Generator<SchemaPlace> {
  yield place;
  const { label, name, schema } = place;
  if ('anyOf' in schema) {
    for (const inner of schema.anyOf) yield* within({ label, name, schema: inner });
  } else if (isFixed(schema) || !('type' in schema)) {
    return;
  } else if (schema.type === 'array') {
    yield* within({ label: `${label}[]`, name, schema: schema.items });
  } else if (schema.type === 'object') {
    yield* withinObject(schema, label, name);
  }
}

function* withinObject(schema: ObjectSchema, label: string, name: string): Generator<SchemaPlace> {
  const { properties = {}, propertyNames, additionalProperties } = schema;
  for (const [key, inner] of Object.entries(properties)) {
    const own = saysNothing(key) ? name : key;
    yield* within({ label: `${label}.${key}`, name: own, schema: inner });
  }
  if (additionalProperties === undefined) return;
  yield* within({ label: `${label}.*`, name, schema: additionalProperties });
  const names: Schema = propertyNames ?? { type: 'string' };
  yield { label: `names in ${label}`, name, schema: { ...names, type: 'string' } };
}

/** Whether its values are written out. */
export function isFixed(schema: Schema): boolean {
  return ('enum' in schema && schema.enum !== undefined) || 'const' in schema;
}
