import type { MessageLimits } from '../wire/message-limits.js';
import { type ContextDeclaration, declare } from './declaration.js';

/** What a helper's process has to hold: each of its threads these, and no more. */
export interface Holdings {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, ascending. */
  readonly groups: readonly number[];
  /** Numbers of capabilities, ascending: permitted, effective, inheritable, bounding and ambient. */
  readonly capabilities: readonly number[];
  readonly umask: number;
}

/** What a helper is told by what starts it, as JSON in its last argument. */
export interface Assignment {
  /** The directory of the modules, canonical. */
  readonly directory: string;
  /** With what the operator says instead in rootwrap.conf. */
  readonly declaration: ContextDeclaration;
  /** The keys of it that are the operator's and not the module's. */
  readonly overridden: readonly string[];
  readonly holds: Holdings;
  /** Those of the declaration, or lower where the operator says so. */
  readonly resultLimits: MessageLimits;
  /** Whether errors carry their stacks to the service. */
  readonly debug: boolean;
}

/**
 * Reads an assignment. It comes from root's own program, so this finds mistakes, not attacks.
 *
 * @throws Error, DeclarationError
 */
export function readAssignment(text: string): Assignment {
  const all = record(parsed(text), 'it');
  const { directory, declaration, overridden, holds, debug } = all;
  const limits = record(all.resultLimits, 'resultLimits');
  const { uid, gid, groups, capabilities, umask } = record(holds, 'holds');
  if (typeof directory !== 'string' || !directory.startsWith('/')) throw fault('directory');
  const { name, ...options } = record(declaration, 'declaration');
  return {
    directory,
    declaration: declare(name, options),
    overridden: texts(overridden, 'overridden'),
    holds: {
      uid: whole(uid, 'uid'),
      gid: whole(gid, 'gid'),
      groups: wholes(groups, 'groups'),
      capabilities: wholes(capabilities, 'capabilities'),
      umask: whole(umask, 'umask'),
    },
    resultLimits: { text: whole(limits.text, 'text'), bytes: whole(limits.bytes, 'bytes') },
    debug: debug === true,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault('the text, which is no JSON');
  }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw fault(what);
  return value as Readonly<Record<string, unknown>>;
}

function wholes(value: unknown, what: string): readonly number[] {
  if (!Array.isArray(value)) throw fault(what);
  return value.map((one) => whole(one, what));
}

function texts(value: unknown, what: string): readonly string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) throw fault(what);
  return value;
}

function whole(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw fault(what);
  return value as number;
}

function fault(what: string): Error {
  return new Error(`this is no assignment of a helper: see ${what}`);
}
