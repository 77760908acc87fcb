import { readFileSync } from 'node:fs';

const SETS = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'] as const;

export interface Holdings {
  /** Real, effective, saved and of the file system. */
  readonly uids: string;
  /** Each of the five sets, as numbers. */
  readonly sets: Readonly<Record<(typeof SETS)[number], number[]>>;
  readonly noNewPrivs: string;
  readonly umask: string;
}

/** What the text of a /proc/PID/status says of a process. */
export function holdingsIn(status: string): Holdings {
  const field = (name: string) => {
    const value = new RegExp(`^${name}:\t(.*)$`, 'm').exec(status)?.[1];
    if (value === undefined) throw new Error(`no ${name} in ${JSON.stringify(status)}`);
    return value;
  };
  const sets = Object.fromEntries(SETS.map((name) => [name, numbersIn(field(name))]));
  return {
    uids: field('Uid').replaceAll('\t', ' '),
    sets: sets as Holdings['sets'],
    noNewPrivs: field('NoNewPrivs'),
    umask: field('Umask'),
  };
}

/** The five sets, when all are the same. */
export function allFive(capabilities: readonly number[]): Holdings['sets'] {
  const each = [...capabilities];
  return { CapInh: each, CapPrm: each, CapEff: each, CapBnd: each, CapAmb: each };
}

/** What this process may give. */
export function ownCapabilities(): number[] {
  return holdingsIn(readFileSync('/proc/self/status', 'utf8')).sets.CapPrm;
}

export function lastCapability(): number {
  return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
}

function numbersIn(mask: string): number[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, number) => number).filter(
    (number) => ((bits >> BigInt(number)) & 1n) === 1n,
  );
}
