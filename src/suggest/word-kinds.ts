import { isIPv4, isIPv6 } from 'node:net';
import { FEW, HEX_ID, UUID, UUID_PATTERN } from './ids.js';
import { namePatterns } from './name-families.js';
import { pathKind } from './path-kind.js';
import { literalPattern, oneOfPatterns } from './pattern-text.js';
import type { WordKind } from './word-kind.js';

/** A word as far as it matters for comparing it with others. */
export interface Classified {
  /** The same for words that may become one pattern. */
  readonly key: string;
  /** What stands before the value: `--size=`. */
  readonly prefix: string;
  readonly value: string;
  /** Absent: the word is to be taken as it is. */
  readonly kind?: WordKind;
}

/** In this order: a word is of the first kind that it fits. */
const KINDS: readonly { name: string; fits: (word: string) => boolean; kind: WordKind }[] = [
  {
    name: 'number',
    fits: (word) => /^[0-9]+$/.test(word),
    kind: { says: 'numbers', patterns: (values) => ifMany(values, '[0-9]+') },
  },
  {
    name: 'hexadecimal',
    fits: (word) => /^0x[0-9a-fA-F]+$/.test(word),
    kind: { says: 'hexadecimal numbers', patterns: (values) => ifMany(values, '0x[0-9a-fA-F]+') },
  },
  {
    name: 'uuid',
    fits: (word) => UUID.test(word),
    kind: { says: 'UUIDs', patterns: (values) => ifSeveral(values, UUID_PATTERN) },
  },
  {
    name: 'mac',
    fits: (word) => /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(word),
    kind: {
      says: 'MAC addresses',
      patterns: (values) => {
        const digit = values.some((value) => /[A-F]/.test(value)) ? '[0-9a-fA-F]' : '[0-9a-f]';
        return ifSeveral(values, `${digit}{2}(:${digit}{2}){5}`);
      },
    },
  },
  {
    name: 'hex id',
    fits: (word) => HEX_ID.test(word),
    kind: {
      says: 'hexadecimal ids',
      patterns: (values) => {
        const lengths = new Set(values.map(({ length }) => length));
        return ifSeveral(values, `[0-9a-f]${lengths.size === 1 ? `{${[...lengths][0]}}` : '+'}`);
      },
    },
  },
  {
    name: 'ipv4',
    fits: (word) => isAddress(word, isIPv4, 32),
    kind: {
      says: 'IPv4 addresses',
      patterns: (values) => ifMany(values, `[0-9]+(\\.[0-9]+){3}${prefixLength(values)}`),
    },
  },
  {
    name: 'ipv6',
    fits: (word) => isAddress(word, isIPv6, 128),
    kind: {
      says: 'IPv6 addresses',
      patterns: (values) => {
        const upper = values.some((value) => /[A-F]/.test(value)) ? 'A-F' : '';
        const dot = values.some((value) => value.includes('.')) ? '.' : '';
        const digits = `0-9a-f${upper}`;
        return ifMany(values, `[${digits}]*:[${digits}:${dot}]+${prefixLength(values)}`);
      },
    },
  },
  {
    name: 'name',
    fits: (word) => /^[A-Za-z_][A-Za-z0-9_.:@-]{0,63}$/.test(word) && /[0-9]/.test(word),
    kind: {
      says: 'names',
      patterns: (values) => {
        const ids = values.length > 1 && values.every((value) => UUID.test(value.slice(-36)));
        return ids || values.length > FEW ? namePatterns(values) : undefined;
      },
    },
  },
];

/** What a word is, or what stands behind the first `=` in it. */
export function classify(word: string): Classified {
  const [, prefix = '', rest = word] = /^(-{0,2}[A-Za-z][A-Za-z0-9_.-]*=)(.+)$/su.exec(word) ?? [];
  const path = pathKind(rest);
  if (path !== undefined) return { key: `${prefix} ${path.key}`, prefix, value: rest, kind: path };
  const known = KINDS.find(({ fits }) => fits(rest));
  if (known === undefined) return { key: `=${word}`, prefix: '', value: word };
  return { key: `${prefix} ${known.name}`, prefix, value: rest, kind: known.kind };
}

/** The pattern of several for all of them, behind what stands before each. */
export function withPrefix(prefix: string, patterns: readonly string[]): readonly string[] {
  return prefix === '' ? patterns : [literalPattern(prefix) + oneOfPatterns(patterns)];
}

/** Values of which a service has a few, such as levels. */
function ifMany(values: readonly string[], pattern: string): readonly string[] | undefined {
  return values.length > FEW ? [pattern] : undefined;
}

/** Values of which each stands for one thing: two of them do not say what the third is. */
function ifSeveral(values: readonly string[], pattern: string): readonly string[] | undefined {
  return values.length > 1 ? [pattern] : undefined;
}

function isAddress(word: string, is: (text: string) => boolean, most: number): boolean {
  const [address = '', length, ...more] = word.split('/');
  if (more.length > 0 || !is(address) || address.includes('%')) return false;
  return length === undefined || (/^[0-9]{1,3}$/.test(length) && Number(length) <= most);
}

function prefixLength(values: readonly string[]): string {
  const count = values.filter((value) => value.includes('/')).length;
  if (count === 0) return '';
  return count === values.length ? '/[0-9]+' : '(/[0-9]+)?';
}
