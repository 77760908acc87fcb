import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
} from 'node:fs';
import { quoteForShell } from '../posix/shell-word.js';
import { ConfigError } from './config-error.js';

/** Bytes. Far above any real configuration, far below what would hurt. */
const MAX_FILE_SIZE = 16 * 1024 * 1024;

const { O_DIRECTORY, O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;

const WRITABLE_BY_GROUP_OR_OTHERS = 0o022;

/** A filter file as it was when its owner and mode were checked. */
export interface TrustedFile {
  /** For messages; the text is not read from here a second time. */
  readonly path: string;
  readonly text: string;
}

/** What a file or directory must be for its text to count. @throws ConfigError when it is not that */
export type OwnerRule = (stat: Stats, file: string) => void;

/** For tools that judge files which are not installed: whoever owns them. Nothing may run by them. */
export const ANY_OWNER: OwnerRule = () => {};

/**
 * The text of one of root's files. The descriptor that is checked is the one that is read, so
 * exchanging the file in between changes nothing.
 *
 * @throws {ConfigError} when it is missing, unreadable, not a regular file, over 16 MiB or not
 * UTF-8; and, running as root, when its owner is not root or group or others may write to it
 * (oslo.rootwrap only asks for that in its documentation)
 */
export function readTrustedFile(file: string, rule: OwnerRule = requireRootOwned): string {
  const fd = openFile(file, file);
  if (fd === undefined) {
    throw new ConfigError(file, 0, 'no such file; give the path of an existing one');
  }
  try {
    return readRegularFile(fd, file, rule);
  } catch (error) {
    throw asConfigError(error, file);
  } finally {
    closeSync(fd);
  }
}

/**
 * A filters directory held open: its files are found through the descriptor whose owner and mode
 * were checked, never through the path again. Close it after use.
 */
export class TrustedDirectory {
  readonly #fd: number;
  readonly #rule: OwnerRule;

  private constructor(
    readonly path: string,
    fd: number,
    rule: OwnerRule,
  ) {
    this.#fd = fd;
    this.#rule = rule;
  }

  /**
   * Undefined when there is no such directory (also when the path names something else: oslo.rootwrap
   * skips both).
   *
   * @throws {ConfigError} when it cannot be opened; and, running as root, when its owner is not
   * root or group or others may write to it
   */
  static open(directory: string, rule: OwnerRule = requireRootOwned): TrustedDirectory | undefined {
    let fd: number;
    try {
      fd = openSync(directory, O_RDONLY | O_DIRECTORY);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw asConfigError(error, directory);
    }
    try {
      rule(fstatSync(fd), directory);
      return new TrustedDirectory(directory, fd, rule);
    } catch (error) {
      closeSync(fd);
      throw asConfigError(error, directory);
    }
  }

  /**
   * Every file that counts, read and checked: names that start with `.` are left out, and so is
   * what is not a regular file once symlinks are followed. In the order of the names' bytes, as
   * `LC_ALL=C ls -A` lists them.
   *
   * @throws {ConfigError} as `readTrustedFile` for any of them
   */
  read(): readonly TrustedFile[] {
    const files: TrustedFile[] = [];
    for (const name of this.#names()) {
      const file = `${this.path.replace(/\/*$/, '/')}${Buffer.from(name, 'latin1')}`;
      const text = this.#readEntry(name, file);
      if (text !== undefined) files.push({ path: file, text });
    }
    return files;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** One character a byte: a name that is not UTF-8 is still a file that oslo.rootwrap reads. */
  #names(): string[] {
    try {
      const names = readdirSync(`/proc/self/fd/${this.#fd}`, 'latin1');
      return names.filter((name) => !name.startsWith('.')).sort();
    } catch (error) {
      const problem = `it cannot be listed through /proc (${errorCode(error)}); mount /proc`;
      throw new ConfigError(this.path, 0, problem);
    }
  }

  #readEntry(name: string, file: string): string | undefined {
    const fd = openFile(Buffer.from(`/proc/self/fd/${this.#fd}/${name}`, 'latin1'), file);
    if (fd === undefined) return undefined;
    try {
      return fstatSync(fd).isFile() ? readRegularFile(fd, file, this.#rule) : undefined;
    } catch (error) {
      throw asConfigError(error, file);
    } finally {
      closeSync(fd);
    }
  }
}

/**
 * The files of a filters directory as `TrustedDirectory` reads them; undefined when there is no
 * such directory.
 *
 * @throws {ConfigError} as `TrustedDirectory.open` and `TrustedDirectory.read`
 */
export function listTrustedDirectory(
  directory: string,
  rule?: OwnerRule,
): readonly TrustedFile[] | undefined {
  const opened = TrustedDirectory.open(directory, rule);
  try {
    return opened?.read();
  } finally {
    opened?.close();
  }
}

/** Undefined when nothing is there. Without blocking: a FIFO opens at once, to be refused later. */
function openFile(target: string | Buffer, file: string): number | undefined {
  try {
    return openSync(target, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw asConfigError(error, file);
  }
}

function readRegularFile(fd: number, file: string, rule: OwnerRule): string {
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    throw new ConfigError(file, 0, 'it is not a regular file; put the text into a plain file');
  }
  rule(stat, file);
  return decodeUtf8(readBytes(fd, stat.size, file), file);
}

/** The size is what fstat said; one byte more than that tells that somebody is still writing. */
function readBytes(fd: number, size: number, file: string): Buffer {
  if (size > MAX_FILE_SIZE) {
    throw new ConfigError(
      file,
      0,
      `it holds ${size} bytes, more than ${MAX_FILE_SIZE}; split it or check that it is the right file`,
    );
  }
  const bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  while (length <= size) {
    const count = readSync(fd, bytes, length, size + 1 - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
  }
  throw new ConfigError(file, 0, 'it grew while it was being read; run again');
}

function decodeUtf8(bytes: Buffer, file: string): string {
  const text = bytes.toString('utf8');
  const encoded = Buffer.from(text, 'utf8');
  if (encoded.equals(bytes)) return text;
  // Invalid bytes became U+FFFD, so the two differ from there on.
  let line = 1;
  for (let i = 0; i < bytes.length && bytes[i] === encoded[i]; i++) {
    if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) line++;
  }
  throw new ConfigError(file, line, 'the line is not valid UTF-8; save the file as UTF-8');
}

/** Running as root: root owns it and nobody else may write to it. */
function requireRootOwned(stat: Stats, file: string): void {
  if (process.geteuid?.() !== 0) return;
  if (stat.uid === 0 && (stat.mode & WRITABLE_BY_GROUP_OR_OTHERS) === 0) return;
  throw new ConfigError(file, 0, ownerFault(stat, file, 'what it says'));
}

/** @param contents what to look at before it is made root's, in the message */
export function ownerFault({ uid, mode }: Stats, path: string, contents: string): string {
  const digits = (mode & 0o7777).toString(8).padStart(4, '0');
  const quoted = quoteForShell(path);
  return `its owner is uid ${uid} and its mode ${digits}, but only root may be able to change it; \`chown root ${quoted} && chmod go-w ${quoted}\` after checking ${contents}`;
}

/** Errors that say that nothing usable stands there, where `os.path.isfile` is false. */
function isAbsent(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    code === 'ELOOP' ||
    code === 'ENAMETOOLONG' ||
    code === 'ENXIO' // a socket
  );
}

function asConfigError(error: unknown, file: string): unknown {
  if (error instanceof ConfigError) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  return new ConfigError(file, 0, `it cannot be read (${code}); make it readable for this program`);
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
