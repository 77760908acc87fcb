import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type ClientOptions, RootwrapClient } from '#src/client/index.js';
import { temporaryDirectory } from '../support/policy-files.js';

const PROGRAM = join(import.meta.dirname, 'fake-daemon.js');

// Removed with what daemons leave behind that were killed.
process.env.FAKE_DIRECTORY = temporaryDirectory();

/** The command that starts the fake daemon. */
export function fakeCommand(...behaviour: string[]): string[] {
  return [process.execPath, PROGRAM, ...behaviour];
}

/** A client of a fake daemon, on its socket unless `--stdio` is said. */
export function fake(behaviour: string[] = [], options: ClientOptions = {}): RootwrapClient {
  return new RootwrapClient(fakeCommand(...behaviour), { stderr: 'ignore', ...options });
}

/** What a promise is rejected with, which has to be of this class. */
export async function rejection<T extends Error>(
  promise: Promise<unknown>,
  kind: abstract new (...args: never[]) => T,
): Promise<T> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    assert.instance(error, kind, String(error));
    return error as T;
  }
  throw new Error(`not rejected: ${JSON.stringify(value)}`);
}

/** Both ways to talk to a daemon. */
export const TRANSPORTS = [[], ['--stdio']];
