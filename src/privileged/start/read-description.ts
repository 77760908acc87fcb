import type { ContextDeclaration } from '../contexts/declaration.js';
import { declare } from '../contexts/declaration.js';
import type { DescribedFunction, Description } from '../contexts/description.js';
import type { ArgumentSchemas, Schema } from '../schema/types.js';
import { StartError } from './start-error.js';

type Plain = Record<string, unknown>;

/**
 * What a process that loaded the modules has said about them. That process may have said anything:
 * what comes out is no more than modules could have declared.
 *
 * @throws {StartError} for what is no description, and DeclarationError
 */
export function readDescription(text: string): Description {
  const { contexts, functions, others } = plain(parsed(text));
  const declarations = array(contexts).map(declaration);
  const names = new Set(declarations.map(({ name }) => name));
  if (names.size !== declarations.length) throw malformed('a context comes twice');
  return {
    contexts: declarations,
    functions: array(functions).map(described),
    others: array(others).map((other) => {
      const { module, name } = plain(other);
      return { module: string(module), name: string(name) };
    }),
  };
}

function declaration(value: unknown): ContextDeclaration {
  const { name, ...options } = plain(value);
  return declare(name, options);
}

/** The schemas are looked at by whoever uses them. */
function described(value: unknown): DescribedFunction {
  const { module, name, context, args, returns, timeout } = plain(value);
  if (timeout !== null && typeof timeout !== 'number') throw malformed('a timeout is no number');
  return {
    module: string(module),
    name: string(name),
    context: string(context),
    args: args === null ? null : (plain(args) as ArgumentSchemas),
    returns: returns === null ? null : (plain(returns) as unknown as Schema),
    timeout,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('it is no JSON');
  }
}

function plain(value: unknown): Plain {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Plain;
  throw malformed('an object is missing');
}

function array(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed('an array is missing');
}

function string(value: unknown): string {
  if (typeof value === 'string') return value;
  throw malformed('a text is missing');
}

function malformed(why: string): StartError {
  return new StartError(
    `what describes the modules is not as expected: ${why}; a module must not write to standard output when it is loaded`,
  );
}
