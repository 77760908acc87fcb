import { randomInt } from 'node:crypto';
import { posix } from '../../posix/addon.js';
import { StartError } from './start-error.js';

/** The numbers that systemd keeps for users who live only as long as a service: nobody's files. */
const FIRST = 61_184;
const LAST = 65_519;

const ATTEMPTS = 100;

/**
 * A number that is nobody's uid and no group's gid, so that whoever runs as it has no files and no
 * processes besides its own. Another each time: two that run at once are strangers to each other.
 *
 * @throws {StartError} when hardly one is left
 */
export function unassignedId(): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const id = randomInt(FIRST, LAST + 1);
    if (posix.userName(id) === undefined && posix.groupName(id) === undefined) return id;
  }
  throw new StartError(
    `the uids ${FIRST} to ${LAST} are users' here; leave some of them free, to read modules as nobody`,
  );
}
