import type { CallOptions, Entrypoint } from './entrypoint.js';

/**
 * How calls of privileged functions are carried out in this process: in a service by the context's
 * helper, in the helper and in tests right here.
 */
export type Carrier = (
  entrypoint: Entrypoint,
  args: unknown,
  options: CallOptions,
) => Promise<unknown>;

let carrier: Carrier | undefined;

/** @returns the one that was in place */
export function carryBy(next: Carrier | undefined): Carrier | undefined {
  const former = carrier;
  carrier = next;
  return former;
}

export function carry(
  entrypoint: Entrypoint,
  args: unknown,
  options: CallOptions,
): Promise<unknown> {
  if (carrier === undefined) throw new Error('no carrier'); // index.ts puts one in place
  return carrier(entrypoint, args, options);
}
