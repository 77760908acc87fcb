import { types } from 'node:util';
import { _, type KeywordDefinition } from 'ajv';

interface Limits {
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** The keyword `bytes`: limits for a Uint8Array, or false for what has to be an object of another kind. */
export const BYTES_KEYWORD: KeywordDefinition = {
  keyword: 'bytes',
  schemaType: ['boolean', 'object'],
  errors: false,
  error: { message: ({ schema }) => _`${problem(schema)}` },
  validate: (limits: false | Limits, value: unknown) => {
    if (!types.isUint8Array(value)) return limits === false;
    if (limits === false) return false;
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = limits;
    return value.length >= minLength && value.length <= maxLength;
  },
};

function problem(limits: false | Limits): string {
  if (limits === false) return 'must be object, not bytes';
  const { minLength, maxLength } = limits;
  const sizes = [
    ...(minLength === undefined ? [] : [`at least ${minLength}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength}`]),
  ];
  return `must be a Uint8Array${sizes.length === 0 ? '' : ` of ${sizes.join(' and ')} bytes`}`;
}
