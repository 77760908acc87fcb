import type { DescribedFunction } from '../../privileged/contexts/description.js';
import { readArguments, readResult } from '../../privileged/schema/read-schema.js';
import { SchemaError } from '../../privileged/schema/schema-error.js';
import type { ArgumentSchemas, Schema } from '../../privileged/schema/types.js';
import { checkString } from './check-strings.js';
import { gravityOf, type Holder } from './holder.js';
import { namesContents } from './names.js';
import { isFixed, placesIn, type SchemaPlace } from './places.js';
import type { Problem } from './problem.js';

const SUFFIX = 'Privileged';
/** Rules by which a caller chooses the file. */
const LOOSE_PATHS = new Set<string>(['privileged-free-path', 'privileged-path-escape']);

export function endsInPrivileged(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** What a caller could do with the arguments of a function, and with its name. */
export function checkFunction(
  { name, args, returns }: DescribedFunction,
  holder: Holder,
): Problem[] {
  const named = checkName(name);
  if (args === null) return [...named, noSchema()];
  const fault = schemaFault(args, returns);
  if (fault !== undefined) return [...named, fault];
  const places = [...placesIn(args)];
  const found = places.map((place) => ({ place, problems: checkPlace(place, holder) }));
  const loose = found.find(({ problems }) => problems.some(({ rule }) => LOOSE_PATHS.has(rule)));
  const others = places.filter((place) => place !== loose?.place);
  const contents = others.find(isBytes) ?? others.find(isContents);
  return [
    ...named,
    ...found.flatMap(({ problems }) => problems),
    ...(loose && contents ? [anyWrite(loose.place, contents, holder)] : []),
  ];
}

function checkName(name: string): Problem[] {
  if (endsInPrivileged(name)) return [];
  return [
    {
      rule: 'privileged-name',
      severity: 'low',
      problem: `the name of a privileged function does not end in ${SUFFIX}`,
      ...(name !== 'default' && { instead: `export it as ${name}${SUFFIX}` }),
    },
  ];
}

function noSchema(): Problem {
  return {
    rule: 'privileged-no-schema',
    severity: 'high',
    problem: 'it has no schema for its arguments, and the helper refuses to start with it',
    instead: 'write a schema for each argument, and {} where there is none',
  };
}

function checkPlace(place: SchemaPlace, holder: Holder): Problem[] {
  const { label, schema } = place;
  if (isFixed(schema) || !('type' in schema)) return [];
  switch (schema.type) {
    case 'string':
      return checkString(place, schema, holder);
    case 'array':
      return schema.maxItems === undefined ? [longArray(label)] : [];
    default:
      return [];
  }
}

/** What the helper would refuse to start for. */
function schemaFault(args: ArgumentSchemas, returns: Schema | null): Problem | undefined {
  try {
    readArguments(args);
    if (returns !== null) readResult(returns);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { rule: 'privileged-bad-schema', severity: 'high', problem: error.message };
  }
}

function longArray(label: string): Problem {
  return {
    rule: 'privileged-long-array',
    severity: 'low',
    problem: `${label} may have any number of items`,
    instead: 'set maxItems',
  };
}

function isBytes({ schema }: SchemaPlace): boolean {
  return 'type' in schema && schema.type === 'bytes';
}

function isContents({ name, schema }: SchemaPlace): boolean {
  return namesContents(name) && !isFixed(schema);
}

function anyWrite(path: SchemaPlace, contents: SchemaPlace, holder: Holder): Problem {
  return {
    rule: 'privileged-any-write',
    severity: gravityOf(holder),
    problem: `${path.label} says where and ${contents.label} what: a write of any file is root by another name`,
    instead: 'fix the file in the function, and take only what may differ in it',
  };
}
