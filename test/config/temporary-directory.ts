import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Runs the body with a new directory that only its owner may enter, removed afterwards. */
export function inTemporaryDirectory<T>(body: (directory: string) => T): T {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tsrootwrap-config-'));
  try {
    return body(directory);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
