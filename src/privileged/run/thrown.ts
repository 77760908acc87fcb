import { inspect, types } from 'node:util';
import type { ThrownError } from '../wire/errors.js';

/** Characters that cross of each, so that an error never is what makes an answer too large. */
const MOST_NAME = 200;
const MOST_MESSAGE = 8 * 1024;
const MOST_STACK = 32 * 1024;

/**
 * What somebody threw, as it crosses: nothing that it does when it is looked at (getters, proxies)
 * makes this throw.
 *
 * @param debug whether the stack goes along
 */
export function describeThrown(thrown: unknown, debug: boolean): ThrownError {
  if (!isError(thrown)) return { name: 'Error', message: textOf(thrown) };
  const name = property(thrown, 'name');
  const message = property(thrown, 'message');
  const code = property(thrown, 'code');
  const stack = debug ? property(thrown, 'stack') : undefined;
  return {
    name: typeof name === 'string' && name !== '' ? cut(name, MOST_NAME) : 'Error',
    message: typeof message === 'string' ? cut(message, MOST_MESSAGE) : '',
    ...(typeof code === 'string' && { code: cut(code, MOST_NAME) }),
    ...(Number.isFinite(code) && { code: code as number }),
    ...(typeof stack === 'string' && { stack: cut(stack, MOST_STACK) }),
  };
}

/** Anything as text that a person can read, cut to a bound. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return cut(value, MOST_MESSAGE);
  try {
    const options = { depth: 2, maxStringLength: 1024, maxArrayLength: 20, customInspect: false };
    return cut(inspect(value, options), MOST_MESSAGE);
  } catch {
    return `something of type ${typeof value} that cannot be shown`;
  }
}

function isError(value: unknown): value is object {
  if (types.isNativeError(value)) return true; // of another realm too
  try {
    return value instanceof Error;
  } catch {
    return false; // a proxy
  }
}

function property(of: object, name: string): unknown {
  try {
    return (of as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
