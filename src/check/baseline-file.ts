import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { ConfigError } from '../config/config-error.js';
import { ANY_OWNER, readTrustedFile } from '../config/trusted-file.js';
import { toJson } from '../log/json.js';
import type { KnownFinding } from './baseline.js';

/** The baseline cannot be used: the message says what to do. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

/** Of the file's form. */
const VERSION = 1;
const MOST_FINDINGS = 100_000;

/**
 * The findings of a baseline file.
 *
 * @throws BaselineError when it cannot be read or was not written by `writeBaseline`
 */
export function readBaseline(file: string): KnownFinding[] {
  const wrong = (why: string) =>
    new BaselineError(`${file}: ${why}; write a baseline anew with --write-baseline`);
  let value: unknown;
  try {
    value = JSON.parse(readTrustedFile(file, ANY_OWNER));
  } catch (error) {
    if (error instanceof ConfigError) throw new BaselineError(error.message);
    if (error instanceof SyntaxError) throw wrong('this is no JSON');
    throw error;
  }
  if (!isObject(value) || !Array.isArray(value.findings)) throw wrong('this is no baseline');
  if (value.version !== VERSION) throw wrong(`this is no baseline of version ${VERSION}`);
  if (value.findings.length > MOST_FINDINGS) {
    throw wrong(`this baseline holds more than ${MOST_FINDINGS} findings`);
  }
  const strange = value.findings.findIndex((entry: unknown) => !isKnownFinding(entry));
  if (strange !== -1) throw wrong(`entry ${strange + 1} of the baseline's findings is none`);
  return value.findings as KnownFinding[];
}

/**
 * Writes a baseline file whole or not at all. Only a baseline or an empty file is written over, and
 * no link is followed: a slip in the name costs nothing.
 *
 * @throws BaselineError when it cannot be written
 */
export function writeBaseline(file: string, findings: readonly KnownFinding[]): void {
  requireReplaceable(file);
  const text = `{"version":${VERSION},"findings":[\n${findings.map(toJson).join(',\n')}\n]}\n`;
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    try {
      const fd = openSync(temporary, 'wx');
      try {
        writeFileSync(fd, text);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw asBaselineError(error, file);
  }
}

function requireReplaceable(file: string): void {
  const stat = lookAt(file);
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return;
  if (!stat.isFile()) {
    throw new BaselineError(`${file}: this is no regular file; give the name of another file`);
  }
  try {
    readBaseline(file);
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new BaselineError(
      `${file}: this is there and is no baseline; remove it or give the name of another file`,
    );
  }
}

function lookAt(file: string) {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw asBaselineError(error, file);
  }
}

function asBaselineError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new BaselineError(
    `${file}: it cannot be written (${error.code}); give the name of a file in a directory that you may write to`,
  );
}

function isKnownFinding(value: unknown): value is KnownFinding {
  if (!isObject(value)) return false;
  const { fingerprint, count, rule, file, filter } = value;
  return (
    typeof fingerprint === 'string' &&
    /^[0-9a-f]{32}$/.test(fingerprint) &&
    Number.isSafeInteger(count) &&
    (count as number) > 0 &&
    typeof rule === 'string' &&
    typeof file === 'string' &&
    (filter === undefined || typeof filter === 'string')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
