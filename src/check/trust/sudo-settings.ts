import { type SudoEntry, type SudoList, settings } from './sudo-list.js';

/** Variables that act on /bin/sh and node before the first line of tsrootwrap, which drops others. */
const EARLY = ['LD_', '_RLD', 'SHLIB_PATH', 'LIBPATH', 'GCONV_PATH', 'LOCPATH', 'GLIBC_TUNABLES'];

/** What of sudo's options bears on a command that it runs. */
export interface SudoSettings {
  readonly envReset: boolean;
  /** The caller may set any variable. */
  readonly setenv: boolean;
  /** A password is asked for. */
  readonly authenticate: boolean;
  /** The directories of secure_path, which take the place of the caller's PATH. */
  readonly securePath: readonly string[] | undefined;
  /** Names, also with `*`, and `NAME=VALUE`. */
  readonly envKeep: readonly string[];
}

/** The options for one program: the general ones, those for it or for root, those of its line. */
export function settingsFor(list: SudoList, entry: SudoEntry, program: string): SudoSettings {
  const bound = list.bound.filter((text) => concerns(text, program)).flatMap(boundSettings);
  let envKeep: readonly string[] = [];
  let securePath: readonly string[] | undefined;
  const flags = new Map<string, boolean>();
  for (const setting of [...list.defaults, ...bound, ...entry.options]) {
    const [, not, name = '', operator, value = ''] =
      /^(!?)(\w+)(?:([+-]?=)(.*))?$/s.exec(setting) ?? [];
    flags.set(name, not === '');
    if (name === 'secure_path') securePath = not === '!' ? undefined : pathOf(value);
    if (name === 'env_keep') envKeep = kept(envKeep, not === '!' ? '=' : operator, value);
  }
  return {
    envReset: flags.get('env_reset') ?? true,
    setenv: flags.get('setenv') ?? false,
    authenticate: flags.get('authenticate') ?? true,
    securePath,
    envKeep,
  };
}

/** As sudo prints it: in quotes, or with each colon escaped. */
function pathOf(value: string): readonly string[] {
  return value.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1').split(':');
}

function kept(
  before: readonly string[],
  operator: string | undefined,
  value: string,
): readonly string[] {
  const names = value
    .replace(/^"|"$/g, '')
    .split(/\s+/)
    .filter((name) => name !== '');
  if (operator === '+=') return [...before, ...names];
  if (operator === '-=') return before.filter((name) => !names.includes(name));
  return names;
}

/** `!COMMAND, COMMAND option, option` or `>USER option`. */
function concerns(bound: string, program: string): boolean {
  if (bound.startsWith('>')) return /^>(?:.*,\s*)?(?:root|ALL|#0)\b/.test(bound);
  const words = bound.slice(1).split(/[\s,]+/);
  return words.includes('ALL') || words.includes(program);
}

/** What the options belong to stands in front of the first, and both are lists with commas. */
function boundSettings(bound: string): string[] {
  return settings(bound).flatMap(
    (part) => /(?:"(?:\\.|[^"\\])*"|\\.|[^\s"\\])+$/.exec(part)?.[0] ?? [],
  );
}

/** Whether a line allows its commands as root. */
export function runsAsRoot({ runAsUsers }: SudoEntry): boolean {
  if (runAsUsers.some((user) => user === '!root' || user === '!#0')) return false;
  return runAsUsers.some((user) => user === 'root' || user === 'ALL' || user === '#0');
}

/** Whether a name in env_keep, or one that its `*` stands for, acts early. */
export function isEarly(kept: string): boolean {
  const name = kept.split('=')[0] ?? '';
  const stem = name.replace(/\*.*$/s, '');
  return EARLY.some(
    (early) => name.startsWith(early) || (name.includes('*') && early.startsWith(stem)),
  );
}
