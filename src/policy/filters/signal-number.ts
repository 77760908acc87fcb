/** The last signal of Linux, and the range that programs may use as they like (signal(7)). */
const LAST = 64;
const RTMIN = 34;

/**
 * The number behind a signal option of kill(1): `-9`, `-HUP`, `-SIGHUP`, `-RTMIN+3`, in any case.
 *
 * @returns undefined when it names no signal
 */
export function signalNumber(option: string): number | undefined {
  const name = /^-(?:SIG)?(.+)$/i.exec(option)?.[1]?.toUpperCase();
  if (name === undefined) return undefined;
  if (/^\d{1,2}$/.test(name) && /^-\d/.test(option)) {
    return Number(name) <= LAST ? Number(name) : undefined;
  }
  const realTime = /^(RTMIN|RTMAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const [, base, sign, offset = '0'] = realTime;
    const number = (base === 'RTMIN' ? RTMIN : LAST) + (sign === '-' ? -1 : 1) * Number(offset);
    return number >= RTMIN && number <= LAST ? number : undefined;
  }
  const { constants } = process.getBuiltinModule('node:os'); // not loaded before it is needed
  return Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1];
}
