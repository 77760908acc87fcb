import { constants } from 'node:os';
import { type CommandEnd, RunningCommand, type StartImage } from '../../exec/running-command.js';
import { isPosixError } from '../../posix/addon.js';
import { DeclarationError } from '../contexts/declaration.js';
import type { Description } from '../contexts/description.js';
import { helperCommand, madeEnvironment } from './helper-program.js';
import { modulesDirectory } from './modules-directory.js';
import { unassignedId } from './powerless.js';
import { readDescription } from './read-description.js';
import { StartError } from './start-error.js';

/** Milliseconds: far more than loading takes, unless a module waits for something. */
const LONGEST = 30_000;

/** Bytes of both outputs together. */
const MOST_OUTPUT = 8 * 1024 * 1024;

export interface DescribeOptions {
  /** Without root: load modules that belong to this user, too. Root takes root's only. */
  readonly trustUser?: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Told what the modules wrote to standard error when they were loaded. */
  readonly onStderr?: (text: string) => void;
}

/**
 * What the modules of a directory declare. Loading a module runs it, so another process does that: for
 * root one that is nobody, with no capability and nothing of the environment; else one of this user.
 *
 * @throws {StartError}
 */
export async function describeModules(
  directory: string,
  { trustUser = false, timeout = LONGEST, onStderr = () => {} }: DescribeOptions = {},
): Promise<Description> {
  const path = modulesDirectory(directory);
  const end = await ended(describer(path, trustUser), timeout, path);
  const stderr = end.stderr.toString();
  if (end.reason === undefined && end.code === 0) {
    if (stderr !== '') onStderr(stderr);
    return understood(end.stdout.toString(), path);
  }
  throw new StartError(`the modules in ${path} cannot be loaded: ${why(end, timeout)}`);
}

function describer(directory: string, trustUser: boolean): StartImage {
  const root = process.geteuid?.() === 0;
  const words = trustUser && !root ? ['--trust-user'] : [];
  const id = root ? unassignedId() : undefined;
  return {
    ...helperCommand('describe', directory, ...words),
    environment: madeEnvironment('/nonexistent'),
    // an input that only this process holds open: its end tells the other that we are gone
    feeding: true,
    mostOutput: MOST_OUTPUT,
    pinned: [],
    credentials: id === undefined ? undefined : { uid: id, gid: id, groups: [] },
    ...(id !== undefined && { privileges: { capabilities: [], umask: 0o077 } }),
  };
}

/** It gets no time to say goodbye: it has nothing to put in order. */
function ended(image: StartImage, timeout: number, directory: string): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    try {
      const limits = { timeout, killSignal: constants.signals.SIGKILL, killAfter: 0 };
      new RunningCommand(image, limits, { ended: resolve });
    } catch (error) {
      if (!isPosixError(error)) throw error;
      reject(
        new StartError(`what loads the modules in ${directory} did not start: ${error.message}`),
      );
    }
  });
}

function why({ code, signal, reason, stderr }: CommandEnd, timeout: number): string {
  if (reason === 'timedOut') {
    return `loading took longer than ${timeout / 1000} s; let it do nothing but declare`;
  }
  if (reason === 'overflowed') {
    return `they write more than ${MOST_OUTPUT} bytes when they are loaded; let them write nothing`;
  }
  const said = stderr
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '');
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return said.length === 0 ? `${how}, without a word` : `${said.join(' | ')} (${how})`;
}

function understood(text: string, directory: string): Description {
  try {
    return readDescription(text);
  } catch (error) {
    if (!(error instanceof StartError || error instanceof DeclarationError)) throw error;
    throw new StartError(`${directory}: ${error.message}`);
  }
}
