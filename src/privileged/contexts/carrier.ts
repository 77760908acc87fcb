import { shared } from '../wire/shared.js';
import type { Context } from './context.js';
import type { CallOptions, Entrypoint } from './entrypoint.js';

/**
 * How calls of privileged functions are carried out in this process: in a service by the context's
 * helper, in the helper and in tests right here.
 */
export interface Carrier {
  /** What the call gives; rejects with what the caller is to see. */
  call(entrypoint: Entrypoint, args: unknown, options: CallOptions): Promise<unknown>;
  /** Behind `Context#start`. */
  start(context: Context): Promise<void>;
  /** Behind `Context#stop`. */
  stop(context: Context): Promise<void>;
}

interface Carriers {
  current: Carrier | undefined;
  standing: Carrier | undefined;
  isDescribing: boolean;
}

const carriers = shared<Carriers>('carriers', () => ({
  current: undefined,
  standing: undefined,
  isDescribing: false,
}));

/**
 * @param next undefined: the standing one
 * @returns the one that was in place, to give back later
 */
export function carryBy(next: Carrier | undefined): Carrier | undefined {
  const former = carriers.current;
  carriers.current = next;
  return former;
}

/** The one to use where `carryBy` named none, before or after this. index.ts puts the service's in place. */
export function carryOtherwiseBy(next: Carrier): void {
  carriers.standing = next;
}

/** What carries calls now. */
export function currentCarrier(): Carrier {
  const current = carriers.current ?? carriers.standing;
  if (current === undefined) throw new Error('nothing carries calls: import tsrootwrap/privileged');
  return current;
}

/**
 * Says that this process loads modules only to tell what they declare: an entrypoint without a schema
 * is part of that, not an error.
 */
export function describeOnly(): void {
  carriers.isDescribing = true;
}

export function isDescribing(): boolean {
  return carriers.isDescribing;
}
