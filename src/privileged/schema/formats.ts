/**
 * What a string with a `format` has to be: one way to write each, so that no two texts mean the same
 * and none holds more than it says. Node's own reader of addresses decides about these.
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { Format } from './types.js';

const CIDR = /^([^/]+)\/(0|[1-9]\d{0,2})$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** RFC 3339, with capital T and Z. */
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export const FORMATS: Readonly<Record<Format, (text: string) => boolean>> = {
  ipv4: (text) => isIPv4(text),
  ipv6: isAddress6,
  cidr: isNetwork,
  mac: (text) => MAC.test(text),
  uuid: (text) => UUID.test(text),
  'date-time': isMoment,
};

/** Without a zone (`%eth0`), which may be any text. */
function isAddress6(text: string): boolean {
  return !text.includes('%') && isIPv6(text);
}

/** An address of either kind and its prefix; bits behind the prefix may be set. */
function isNetwork(text: string): boolean {
  const [, address = '', prefix = ''] = CIDR.exec(text) ?? [];
  if (isIPv4(address)) return Number(prefix) <= 32;
  return isAddress6(address) && Number(prefix) <= 128;
}

/** A day that there is; no leap second, which most programs do not take. */
function isMoment(text: string): boolean {
  const [, ...parts] = DATE_TIME.exec(text) ?? [];
  if (parts.length === 0) return false;
  const [year = 0, month = 0, day = 0] = parts.map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
