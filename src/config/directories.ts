import { dirname, isAbsolute } from 'node:path';
import { ConfigError } from './config-error.js';
import type { ConfigFile, Entry } from './configparser.js';
import { pythonTrim } from './python-whitespace.js';
import { quote } from './quote.js';
import { wrongValue } from './values.js';

/** Called for an entry with a relative path; throws when such a one is not to be followed. */
export type CheckRelative = (entry: Entry) => void;

/**
 * The value split at its commas. Blanks around an entry stay part of its name, as in
 * oslo.rootwrap: `/a, /b` names a directory ` /b`, which is relative and hardly ever there.
 * Stripping it would load filters that oslo.rootwrap does not load.
 *
 * @param warn told of what is probably not meant
 * @throws {ConfigError} for a relative path when the working directory is gone
 */
export function directories(
  config: ConfigFile,
  entry: Entry,
  warn: (entry: Entry, problem: string) => void,
  checkRelative: CheckRelative,
): readonly string[] {
  const found: string[] = [];
  for (const written of entry.value.split(',')) {
    if (written === '') {
      warn(entry, `${entry.key} holds an empty entry, which is ignored; remove the comma`);
    } else if (written.includes('\0')) {
      warn(
        entry,
        `${entry.key} holds ${quote(written)}, ignored since no path has a NUL; remove it`,
      );
    } else {
      if (pythonTrim(written) !== written) {
        warn(
          entry,
          `${entry.key} names ${quote(written)}, blanks included; write no blanks around the commas`,
        );
      }
      if (!isAbsolute(written)) checkRelative(entry);
      found.push(fromConfigDirectory(written, config.file));
    }
  }
  return found;
}

/**
 * The one path that a key of `[DEFAULT]` names, absolute; undefined without the key.
 *
 * @throws {ConfigError} for a value that is no path on one line, and for a relative path when the
 * working directory is gone
 */
export function onePath(
  config: ConfigFile,
  key: string,
  kind: 'directory' | 'file',
  checkRelative: CheckRelative,
): string | undefined {
  const entry = config.default(key);
  if (entry === undefined) return undefined;
  if (!/^[^\0\r\n]+$/.test(entry.value)) {
    throw wrongValue(config, entry, `the path of one ${kind}, or remove the key`);
  }
  if (!isAbsolute(entry.value)) checkRelative(entry);
  return fromConfigDirectory(entry.value, config.file);
}

/** Without touching `..`, which the kernel takes after symlinks and `path.resolve` before. */
function fromConfigDirectory(written: string, file: string): string {
  if (isAbsolute(written)) return written;
  const parent = dirname(file);
  const base = isAbsolute(parent) ? parent : below(workingDirectory(file), parent);
  return base === '/' ? `/${written}` : `${base}/${written}`;
}

function below(parent: string, relative: string): string {
  return relative === '.' ? parent : `${parent}/${relative}`;
}

function workingDirectory(file: string): string {
  try {
    return process.cwd();
  } catch {
    throw new ConfigError(file, 0, 'the working directory is gone; give the absolute path');
  }
}
