import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { publicPolicy, type RunOptions, run, SAFE_PATH } from './executable.js';
import { script } from './policy-files.js';
import { carriedOut, WAYS } from './ways.js';

/** oslo.rootwrap without eventlet, which only makes its start slow. */
const OSLO =
  'import sys; sys.modules["eventlet"] = None; from oslo_rootwrap.cmd import main; sys.exit(main())';

/** A policy, and a program that leaves a trace when anybody gets it to run. */
export interface Target {
  readonly config: string;
  readonly directory: string;
  /** The directory that exec_dirs names first. */
  readonly bin: string;
  /** A file that is there once the payload has run. */
  readonly marker: string;
  /** A program that makes the marker. */
  readonly payload: string;
}

/**
 * A policy whose paths are absolute, since oslo.rootwrap takes others from the working directory.
 *
 * @param filters in which `DIRECTORY` stands for a new directory
 * @param settings the same
 */
export function target(filters: string, settings = EXEC_DIRS): Target {
  const { directory, bin, config } = publicPolicy('');
  const marker = join(directory, 'marker');
  const payload = script(join(directory, 'payload'), `touch ${marker}`);
  const filled = (text: string) => text.replaceAll('DIRECTORY', directory);
  writeFileSync(config, filled(`[DEFAULT]\nfilters_path = DIRECTORY/filters.d\n${settings}\n`));
  writeFileSync(join(directory, 'filters.d', 'test.filters'), filled(`[Filters]\n${filters}\n`));
  return { directory, bin, config, marker, payload };
}

const EXEC_DIRS = 'exec_dirs = DIRECTORY/bin,/usr/sbin,/usr/bin,/sbin,/bin';

export interface Attempt extends RunOptions {
  /** How the same words are shown to do harm where nobody refuses them. */
  readonly real?: 'oslo' | readonly string[];
  /** 99 unless told otherwise. */
  readonly status?: number;
}

/**
 * Asserts that the words are refused and leave no trace, though without the refusal they would:
 * in each way in which a decision is carried out.
 */
export function attempt(
  { config, marker }: Target,
  words: readonly string[],
  { real, status = 99, ...options }: Attempt = {},
): void {
  if (real === 'oslo' && hasOslo()) {
    run('/usr/bin/python3', ['-c', OSLO, config, ...words], options);
    assert.ok(existsSync(marker), `oslo.rootwrap does not do it either: ${words.join(' ')}`);
    rmSync(marker, { recursive: true });
  } else if (real !== undefined && real !== 'oslo') {
    const [file = '', ...args] = real;
    run(file, args, { env: { PATH: SAFE_PATH }, ...options });
    assert.ok(existsSync(marker), `the payload does nothing: ${real.join(' ')}`);
    rmSync(marker, { recursive: true });
  }
  for (const way of WAYS) {
    const { status: found, stderr } = carriedOut(way, config, words, options);
    const what = `${way}: ${words.join(' ').slice(0, 200)}: ${stderr.slice(0, 500)}`;
    const ran = existsSync(marker);
    rmSync(marker, { recursive: true, force: true }); // for what is tried behind this
    assert.not.ok(ran, `it ran: ${what}`);
    assert.is(found, status, what);
  }
}

let oslo: boolean | undefined;

function hasOslo(): boolean {
  oslo ??= run('/usr/bin/python3', ['-c', 'import oslo_rootwrap']).status === 0;
  return oslo;
}
