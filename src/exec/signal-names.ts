import { constants } from 'node:os';

const NUMBERS: Readonly<Record<string, number>> = constants.signals;
const NAMES = new Map(
  Object.entries(NUMBERS)
    .reverse() // of two names for one number the first, SIGABRT and not SIGIOT
    .map(([name, number]) => [number, name]),
);

/** `SIGTERM` for 15; those without a name, the real-time ones, are `SIG` and their number. */
export function signalName(number: number): string {
  return NAMES.get(number) ?? `SIG${number}`;
}

/** The number of such a name, undefined when there is no signal of it. */
export function signalOfName(name: string): number | undefined {
  return Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
}
