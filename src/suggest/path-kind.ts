import { FEW, HEX_ID, UUID, UUID_PATTERN } from './ids.js';
import { familyPattern, sharedEnding, sharedStart } from './name-families.js';
import { classOf, literalPattern, oneOfPatterns } from './pattern-text.js';
import type { WordKind } from './word-kind.js';

/** Components that cannot be taken for anything else, and can stand in a comment. */
const PATH = /^(?:\/[A-Za-z0-9_.@:+,=~%-]+)+$/;

/** Everybody may put names there. */
const PUBLIC = /^\/(tmp|var\/tmp|dev\/shm|var\/lock|run\/lock|run\/user)(\/|$)/;
/** Directories in which each name is another matter: below them too, or they themselves. */
const SYSTEM = [
  /^\/(dev|proc|sys|boot|root|bin|sbin|lib|lib32|lib64)(\/|$)/,
  /^\/usr\/(local\/)?(bin|sbin|lib|lib32|lib64|libexec|share)(\/|$)/,
  /^\/etc\/(cron\.[a-z]+|pam\.d|sudoers\.d|ssh|init\.d|security|systemd|profile\.d)(\/|$)/,
  /^(|\/etc|\/home|\/media|\/mnt|\/opt|\/run|\/srv|\/usr|\/usr\/local|\/var|\/var\/(lib|log|run|spool|cache))$/,
];

/** A shared beginning of names must be this long to say anything, if not just numbers follow. */
const LEAST_SHARED = 2;

export interface PathKind extends WordKind {
  readonly key: string;
}

/**
 * The kind of a path: all paths that differ from it in the last name only, and in parts that are ids.
 *
 * @returns undefined for what is no absolute path in its shortest form
 */
export function pathKind(word: string): PathKind | undefined {
  if (!PATH.test(word) || /\/\.\.?(\/|$)/.test(word)) return undefined;
  const directory = word.slice(0, word.lastIndexOf('/'));
  const parts = directory.split('/').map(part);
  const plain = parts.every(({ fixed }) => fixed);
  const pattern = parts.map(({ pattern }) => pattern).join('/');
  const shared = SYSTEM.some((place) => place.test(directory));
  return {
    key: `path ${pattern}`,
    says: 'paths',
    ...(plain && !shared && !PUBLIC.test(directory) && { directory }),
    patterns: (values) => {
      const names = [...new Set(values.map((value) => value.slice(value.lastIndexOf('/') + 1)))];
      const ids = names.every((name) => UUID.test(name) || HEX_ID.test(name));
      if (values.length <= (plain && !ids ? FEW : 1)) return undefined;
      const few = names.length <= FEW && !ids;
      if (PUBLIC.test(`${directory}/`) || (shared && !few && !sharesName(names))) return undefined;
      const last = few ? oneOfPatterns(names.map(literalPattern)) : namesPattern(names);
      return last === undefined ? undefined : [`${pattern}/${last}`];
    },
  };
}

/** A directory on the way: itself, or an id of which there will be others. */
function part(name: string): { readonly pattern: string; readonly fixed: boolean } {
  if (UUID.test(name)) return { pattern: UUID_PATTERN, fixed: false };
  if (HEX_ID.test(name)) return { pattern: `[0-9a-f]{${name.length}}`, fixed: false };
  if (/^[0-9]+$/.test(name)) return { pattern: '[0-9]+', fixed: false };
  return { pattern: name === '' ? '' : literalPattern(name), fixed: true };
}

function sharesName(names: readonly string[]): boolean {
  const { length } = sharedStart(names);
  const numbered = length > 0 && names.every((name) => /^[0-9]+$/.test(name.slice(length)));
  return numbered || length >= LEAST_SHARED;
}

/** Never `..`, and never a name that is hidden or looks like an option. */
function namesPattern(names: readonly string[]): string | undefined {
  if (names.some((name) => /^[.-]/.test(name))) return undefined;
  if (names.every((name) => UUID.test(name))) return UUID_PATTERN;
  if (names.every((name) => /^[0-9]+$/.test(name))) return '[0-9]+';
  const ending = sharedEnding(names);
  const stems = names.map((name) => name.slice(0, name.length - ending.length));
  const end = ending === '' ? '' : literalPattern(ending);
  if (stems.every((stem) => UUID.test(stem))) return UUID_PATTERN + end;
  if (sharesName(stems)) return familyPattern(names);
  const first = classOf([...stems.map((stem) => stem[0] ?? ''), '0zZ_']);
  return `${first}${classOf([...stems, '0zZ_.-'])}*${end}`;
}
