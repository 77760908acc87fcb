import type { ErrorObject } from 'ajv';
import { type Place, placeText, quotedName } from '../wire/place.js';

/** Of the values that an enum allows, or of the ways in which none of several schemas fits. */
const MOST_SHOWN = 8;

/** What is wrong with something at a place, from ajv's words for it: names and schemas, no values. */
export function problemText(root: string, at: Place, errors: readonly ErrorObject[]): string {
  const error = errors.at(-1); // those before it are its reasons
  if (error === undefined) throw new Error('nothing is wrong');
  const place = placeText(root, [...at, ...stepsOf(error.instancePath)]);
  const says = TEXTS[error.keyword] ?? (({ message }) => message ?? 'is wrong');
  return `${place} ${says(error, errors.slice(0, -1))}`;
}

type Text = (error: ErrorObject, reasons: readonly ErrorObject[]) => string;

const TEXTS: Readonly<Record<string, Text>> = {
  additionalProperties: ({ params }) => `must not have ${quotedName(params.additionalProperty)}`,
  required: ({ params }) => `must have ${quotedName(params.missingProperty)}`,
  enum: ({ params }) => `must be ${oneOf(params.allowedValues.map(valueText))}`,
  format: ({ params }) => `must be written as ${params.format}`,
  const: ({ params }) => `must be ${valueText(params.allowedValue)}`,
  propertyNames: (_, reasons) => `must not have such a name: it ${reasons.at(-1)?.message}`,
  anyOf: (_, reasons) => `fits nothing it may be: ${shown(reasons.map(reasonText)).join('; ')}`,
};

function reasonText(error: ErrorObject): string {
  return (TEXTS[error.keyword] ?? (({ message }) => message ?? ''))(error, []);
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${shown(values).join(', ')}`;
}

function shown(values: readonly string[]): readonly string[] {
  return values.length > MOST_SHOWN ? [...values.slice(0, MOST_SHOWN), '...'] : values;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? quotedName(value) : String(value);
}

/** The steps of a JSON pointer. */
function stepsOf(pointer: string): Place {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => {
    if (/^(?:0|[1-9]\d{0,14})$/.test(step)) return Number(step);
    return step.replaceAll('~1', '/').replaceAll('~0', '~');
  });
}
