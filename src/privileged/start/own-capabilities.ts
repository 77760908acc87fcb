import { readFileSync } from 'node:fs';
import { type Capability, capabilityNumbers } from '../contexts/capabilities.js';

/** What proc_pid_status(5) says of this process. */
function ownStatus(): string {
  return readFileSync('/proc/self/status', 'utf8');
}

/**
 * Which of these capabilities this process cannot hand on, though it is root: in a container, or by
 * the bounding set of the unit that it runs in.
 */
export function missingCapabilities(
  capabilities: readonly Capability[],
  status = ownStatus(),
): readonly Capability[] {
  const held = setOf(status, 'CapPrm') & setOf(status, 'CapBnd');
  return capabilities.filter((name) =>
    capabilityNumbers([name]).some((number) => ((held >> BigInt(number)) & 1n) === 0n),
  );
}

function setOf(status: string, field: string): bigint {
  const [, digits = '0'] = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status) ?? [];
  return BigInt(`0x${digits}`);
}
