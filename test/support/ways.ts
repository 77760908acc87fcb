import { spawn } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pipe } from './daemon-start.js';
import { type RunOptions, tsrootwrap } from './executable.js';

/**
 * The ways in which a decision about words is made and carried out. A helper of privileged functions is
 * none of them: words start it, and after that it runs functions, not words. What these suites ask of a
 * command is asked of a started helper by system/privileged-start (user, groups, capabilities,
 * environment, descriptors, limits), -powers, -inherits (scheduling) and privileged/start/caller-limits.
 * Nothing is pinned there: the one path among the words of its start is that of root's configuration.
 */
export const WAYS = ['one-shot', 'daemon', 'daemon for oslo', '--stdio'] as const;

export type Way = (typeof WAYS)[number];

/** What became of words, in the one-shot's terms. */
export interface Outcome {
  /** Exit code; null when a signal ended the command. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a caller chooses. A daemon is started with all of it but the input. */
export type WayOptions = Pick<RunOptions, 'cwd' | 'env' | 'input' | 'uid' | 'gid'>;

/** One line of JSON from a test to the driver. */
export interface Request {
  readonly way: Exclude<Way, 'one-shot'>;
  readonly config: string;
  readonly words: readonly string[];
  readonly options: WayOptions;
}

/** Has one way decide about the words and carry the decision out, and waits for the end. */
export function carriedOut(
  way: Way,
  config: string,
  words: readonly string[],
  options: WayOptions = {},
): Outcome {
  if (way === 'one-shot') return tsrootwrap(config, words, options);
  return ask({ way, config, words, options });
}

interface Driver {
  readonly requests: number;
  readonly answers: number;
}

let driver: Driver | undefined;

/**
 * A process that talks to daemons for tests which are not asynchronous. It ends, and with it the
 * daemons, when this process does: its input is at its end then.
 */
function startedDriver(): Driver {
  const [input, output] = [pipe(), pipe()];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'way-driver.js')], {
    stdio: [input.reader, output.writer, 'inherit'],
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
  });
  child.unref();
  closeSync(input.reader);
  closeSync(output.writer);
  return { requests: input.writer, answers: output.reader };
}

function ask(request: Request): Outcome {
  driver ??= startedDriver();
  let line = Buffer.from(`${JSON.stringify(request)}\n`);
  while (line.length > 0) line = line.subarray(writeSync(driver.requests, line));
  const answer = JSON.parse(readLine(driver.answers)) as Outcome | { fault: string };
  if ('fault' in answer) throw new Error(`${request.way}: ${answer.fault}`);
  return answer;
}

function readLine(fd: number): string {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(1 << 16);
    const count = readSync(fd, piece);
    if (count === 0) throw new Error('the driver of daemons has ended');
    pieces.push(piece.subarray(0, count));
    if (piece[count - 1] === 0x0a) return Buffer.concat(pieces).toString();
  }
}
