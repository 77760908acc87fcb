import { type Capability, isCapability } from './capabilities.js';
import { isMaxResult, MAX_RESULT, MIN_RESULT } from './result-limits.js';

/** What the helper of a context runs as. */
export interface ContextOptions {
  /** Name or number of a user. */
  readonly user: string | number;
  /** Name or number; the user's primary group unless given. */
  readonly group?: string | number;
  /** Supplementary groups, by name or number; none unless given, whatever groups the user is in. */
  readonly groups?: readonly (string | number)[];
  /** By the names of capabilities(7); none unless given. */
  readonly capabilities?: readonly Capability[];
  /** The helper's umask; 0o077 unless given. */
  readonly umask?: number;
  /**
   * Milliseconds that a function has to end after its signal was aborted; then the helper ends. 5000
   * unless given.
   */
  readonly gracePeriod?: number;
  /**
   * Bytes that a result may have as JSON, and as many in Uint8Arrays: 1024 to 134217728. 1 MiB and 16 MiB
   * unless given. A larger result fails its call, after the function has run.
   */
  readonly maxResult?: number;
}

/** A context as it was declared, complete. Plain data: it crosses from process to process as JSON. */
export interface ContextDeclaration {
  readonly name: string;
  readonly user: string | number;
  readonly group: string | number | undefined;
  readonly groups: readonly (string | number)[];
  readonly capabilities: readonly Capability[];
  readonly umask: number;
  readonly gracePeriod: number;
  readonly maxResult: number | undefined;
}

/** A declaration that says something impossible; the message tells what to write. */
export class DeclarationError extends Error {
  override readonly name = 'DeclarationError';
}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** As useradd(8) takes them, and a `$` at the end for a machine. */
const ACCOUNT = /^[A-Za-z_][A-Za-z0-9_.-]{0,254}\$?$/;
/** The highest number, -1 to the system, means nobody in particular. */
const HIGHEST_ID = 4_294_967_294;
// biome-ignore format: a list reads better
const KEYS = new Set([
  'user', 'group', 'groups', 'capabilities', 'umask', 'gracePeriod', 'maxResult',
]);
/** Milliseconds: an hour. */
const LONGEST_GRACE = 3_600_000;

/** Whether a context may have this name: it is also the name of a section of rootwrap.conf. */
export function isContextName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** Whether it is the name of a user or group as far as its form goes, or a number of one. */
export function isAccount(value: unknown): value is string | number {
  if (typeof value === 'string') return ACCOUNT.test(value);
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= HIGHEST_ID;
}

/**
 * Checks what a module, or a process that has read one, says about a context. Nothing about it is
 * believed beforehand.
 *
 * @throws {DeclarationError}
 */
export function declare(name: unknown, options: unknown): ContextDeclaration {
  if (!isContextName(name)) {
    throw new DeclarationError(
      `a context cannot be called ${JSON.stringify(name)}; use a to z, 0 to 9 and \`-\`, at most 32, a letter first`,
    );
  }
  const fault = (problem: string) => new DeclarationError(`context ${name}: ${problem}`);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw fault('its options are missing; give at least { user }');
  }
  for (const key of Object.keys(options)) {
    if (!KEYS.has(key)) throw fault(`there is no option ${JSON.stringify(key)}; remove it`);
  }
  const {
    user,
    group,
    groups = [],
    capabilities = [],
    umask = 0o077,
    gracePeriod = 5000,
    maxResult,
  } = options as Record<string, unknown>;
  if (!isAccount(user)) throw fault('`user` is not the name or the number of a user');
  if (group !== undefined && !isAccount(group)) {
    throw fault('`group` is not the name or the number of a group');
  }
  if (!Array.isArray(groups) || !groups.every(isAccount)) {
    throw fault('`groups` is not an array of names and numbers of groups');
  }
  if (!Array.isArray(capabilities)) throw fault('`capabilities` is not an array');
  for (const capability of capabilities) {
    if (!isCapability(capability)) {
      throw fault(
        `there is no capability ${JSON.stringify(capability)}; write names as capabilities(7) does, such as CAP_NET_ADMIN`,
      );
    }
  }
  if (!isWithin(umask, 0, 0o777)) throw fault('`umask` is not a number from 0 to 0o777');
  if (!isWithin(gracePeriod, 1, LONGEST_GRACE)) {
    throw fault(`\`gracePeriod\` is not a number of milliseconds from 1 to ${LONGEST_GRACE}`);
  }
  if (maxResult !== undefined && !isMaxResult(maxResult)) {
    throw fault(`\`maxResult\` is not a number of bytes from ${MIN_RESULT} to ${MAX_RESULT}`);
  }
  return {
    name,
    user,
    group: group as string | number | undefined,
    groups,
    capabilities: [...new Set(capabilities as Capability[])],
    umask: umask as number,
    gracePeriod: gracePeriod as number,
    maxResult,
  };
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** The first option in which two declarations differ. The order within lists has no meaning. */
export function difference(
  a: ContextDeclaration,
  b: ContextDeclaration,
): keyof ContextDeclaration | undefined {
  const names = Object.keys(a) as (keyof ContextDeclaration)[];
  return names.find((name) => inOneOrder(a[name]) !== inOneOrder(b[name]));
}

function inOneOrder(value: unknown): string | undefined {
  return JSON.stringify(Array.isArray(value) ? [...value].map((one) => `${one}`).sort() : value);
}
