import { closeSync, fstatSync, openSync } from 'node:fs';
import { posix } from '../../posix/addon.js';
import type { PreparedHelper } from './prepare.js';
import { NoChannelError } from './start-error.js';

/** The service's own end of a channel, on standard input and output. */
const [INPUT, OUTPUT, ERRORS] = [0, 1, 2];

/** @throws {NoChannelError} unless standard input and output can be the channel to a service */
export function requireChannel(): void {
  for (const [fd, name] of [
    [INPUT, 'input'],
    [OUTPUT, 'output'],
  ] as const) {
    const stats = fstatSync(fd);
    if (stats.isFIFO() || stats.isSocket()) continue;
    throw new NoChannelError(
      `standard ${name} is no pipe and no socket: a service starts this, by the first call of a privileged function; to start a service with its helpers, see --help`,
    );
  }
}

/**
 * Replaces this process by a helper whose channel is what standard input and output are.
 *
 * @throws PosixError; returns in no other way
 */
export function becomeHelper({ image }: PreparedHelper): never {
  const nothing = openSync('/dev/null', 'r+');
  try {
    return posix.become({ ...image, stdio: [nothing, ERRORS, ERRORS, INPUT, OUTPUT] });
  } finally {
    closeSync(nothing); // it did not happen
  }
}
