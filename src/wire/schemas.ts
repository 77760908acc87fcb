/**
 * JSON schemas of what the daemon and the client receive. scripts/validators.js compiles them when
 * the package is built: neither loads a schema compiler.
 */
import type { FromDaemon, ToDaemon } from './messages.js';

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const text = { type: 'string' };
const flag = { type: 'boolean' };
const yes = { const: true };
const signal = { type: 'string', pattern: '^SIG[A-Z0-9]{2,10}$' };
/** The longest that one timer can wait. */
const milliseconds = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 };

function message<Type extends string>(
  type: Type | readonly Type[],
  required: object,
  optional: object = {},
): object {
  return {
    type: 'object',
    properties: {
      type: { enum: typeof type === 'string' ? [type] : type },
      ...required,
      ...optional,
    },
    required: ['type', ...Object.keys(required)],
    additionalProperties: false,
  };
}

const toDaemon: Record<ToDaemon['type'], object> = {
  hello: message('hello', { protocol: count }),
  run: message(
    'run',
    { id, argv: { type: 'array', items: text, minItems: 1, maxItems: 65535 } },
    {
      environment: {
        type: 'object',
        propertyNames: { pattern: '^[^=\\u0000]+$' },
        additionalProperties: text,
      },
      feeding: flag,
      window: count,
      timeout: milliseconds,
      maxOutput: count,
      killSignal: signal,
      killAfter: { type: 'integer', minimum: 0, maximum: 3_600_000 },
      tellFilter: yes,
    },
  ),
  stdin: message('stdin', { id }, { end: flag }),
  window: message('window', { id, bytes: count }),
  signal: message('signal', { id, signal }),
  abort: message('abort', { id }),
};

const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });

const fromDaemon: Record<FromDaemon['type'], object> = {
  hello: message('hello', {
    protocol: count,
    version: text,
    limits: {
      type: 'object',
      properties: {
        frame: count,
        requests: count,
        output: count,
        input: count,
        tellsFilter: flag,
      },
      required: ['frame', 'requests', 'output', 'input'],
    },
  }),
  started: message('started', { id, pid: count }),
  stdout: message('stdout', { id }),
  stderr: message('stderr', { id }),
  window: message('window', { id, bytes: count }),
  exit: message(
    'exit',
    {
      id,
      code: nullable({ type: 'integer', minimum: 0, maximum: 255 }),
      signal: nullable(signal),
      stdout: count,
      stderr: count,
    },
    { timedOut: yes, aborted: yes, overflowed: yes, heldOpen: yes, filter: text },
  ),
  refused: message(
    'refused',
    { id, reason: { enum: ['unauthorized', 'not-executable'] }, message: text },
    {
      misses: {
        type: 'array',
        items: {
          type: 'object',
          properties: { filter: text, reason: text, word: text },
          required: ['filter', 'reason'],
          additionalProperties: false,
        },
      },
    },
  ),
  failed: message('failed', { id, code: text, message: text }),
  error: message('error', { message: text }),
  goodbye: message('goodbye', { last: count }),
};

/** oslo's `[id, method, args, kwargs]`. */
const osloRequest = {
  type: 'array',
  items: [
    { anyOf: [text, { type: 'null' }] },
    text,
    { type: 'array', maxItems: 8 },
    { type: 'object', maxProperties: 8 },
  ],
  minItems: 4,
  additionalItems: false,
};

const bytes = {
  type: 'object',
  properties: { __bytes__: { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$' } },
  required: ['__bytes__'],
  additionalProperties: false,
};
const textOrBytes = { anyOf: [text, bytes] };

/** What its run_one_command is given: the words, and standard input or null. */
const osloRun = {
  type: 'array',
  items: [
    { type: 'array', items: textOrBytes, maxItems: 65535 },
    { anyOf: [text, bytes, { type: 'null' }] },
  ],
  minItems: 1,
  additionalItems: false,
};

/** Told apart by `type` first, so that an error is about the message that was meant. */
function union(schemas: Record<string, object>): object {
  return {
    type: 'object',
    required: ['type'],
    properties: { type: text },
    discriminator: { propertyName: 'type' },
    oneOf: Object.values(schemas),
  };
}

/** By the names of the validators. */
export const SCHEMAS = {
  isToDaemon: union(toDaemon),
  isFromDaemon: union(fromDaemon),
  isOsloRequest: osloRequest,
  isOsloRun: osloRun,
};
