import { ConfigError } from './config-error.js';
import type { ConfigFile } from './configparser.js';
import { quote } from './quote.js';

/** Names of variables and, ending in `*`, their beginnings: what `env_keep` says. */
export type EnvKeep = readonly string[];

/** `NAME`, `PREFIX_*`, or `*` for all. */
const NAME_OR_PREFIX = /^(?:[A-Za-z_][A-Za-z0-9_]*\*?|\*)$/;

/**
 * What takes over the dynamic loader or the C library, whatever the program: never handed on. GCONV_PATH
 * names shared objects to load. The last are our own.
 */
const NEVER = ['LD_', '_RLD', 'GLIBC_TUNABLES', 'GCONV_PATH', 'TSROOTWRAP_'];

/** Whether a variable is handed on by no key, and only an EnvFilter can set it. */
export function isNeverKept(name: string): boolean {
  return NEVER.some((start) => name.startsWith(start));
}

/** Whether `env_keep` names a variable. */
export function isKept(name: string, kept: EnvKeep): boolean {
  if (kept.length === 0 || isNeverKept(name)) return false;
  return kept.some((wanted) =>
    wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted,
  );
}

/** @throws {ConfigError} for what is no name, and for names that take over the dynamic loader */
export function envKeep(config: ConfigFile): EnvKeep {
  const entry = config.default('env_keep');
  if (entry === undefined) return [];
  const names = entry.value.split(',').map((name) => name.trim());
  for (const name of names) {
    if (NAME_OR_PREFIX.test(name) && !isNeverKept(name)) continue;
    const why = isNeverKept(name)
      ? 'decides what code the command loads, whatever program that is; let an EnvFilter set it for the one that needs it'
      : 'is no name of a variable; write names as in `env_keep = http_proxy, OS_*`, separated by commas';
    throw new ConfigError(config.file, entry.line, `env_keep: ${quote(name)} ${why}`);
  }
  return names;
}
