import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { type BecomeImage, type Child, posix, type User } from '../../posix/addon.js';
import { CHANNELS } from '../contexts/channels-variable.js';
import type { PreparedHelper } from './prepare.js';

/** A program that is to be started with the channels of its helpers open. */
export interface Command {
  /** Absolute path. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly user: User;
  /** Where it starts. */
  readonly directory: string;
  /** `NAME=VALUE` entries, to which those for its user and its channels are added. */
  readonly environment: readonly (string | Uint8Array)[];
  /** Descriptors above standard error that it is to keep, from 3 on: sockets of systemd's. */
  readonly kept: number;
  /** Most open files; undefined: as it is. */
  readonly softNofile: number | undefined;
  /** Limits that are not this process's own, for the launcher has lifted them. */
  readonly limits: NonNullable<BecomeImage['limits']>;
}

interface Started {
  readonly name: string;
  readonly child: Child;
  /** The program's end of the channel. */
  readonly channel: number;
}

/**
 * Starts helpers, each on a socket pair and in a session of its own, and replaces this process by the
 * program that holds the other ends.
 *
 * @throws PosixError and the like; then no helper is left. Returns in no other way
 */
export function becomeCommand(command: Command, helpers: readonly PreparedHelper[]): never {
  const started: Started[] = [];
  try {
    for (const helper of helpers) started.push(startHelper(helper));
    process.chdir(command.directory);
    return posix.become(commandImage(command, started));
  } catch (error) {
    for (const { child, channel } of started) {
      stop(child);
      closeSync(channel);
    }
    throw error;
  }
}

function startHelper({ declaration, image }: PreparedHelper): Started {
  const [channel, theirs] = posix.socketPair();
  const nothing = openSync('/dev/null', 'r+');
  try {
    const child = posix.spawn({
      ...image,
      stdio: [nothing, 2, 2, theirs, theirs],
      newSession: true,
    });
    return { name: declaration.name, child, channel };
  } catch (error) {
    closeSync(channel);
    throw error;
  } finally {
    closeSync(theirs);
    closeSync(nothing);
  }
}

function commandImage(command: Command, started: readonly Started[]): BecomeImage {
  const { file, argv, user, environment, kept, softNofile, limits } = command;
  const inherited = Array.from({ length: 3 + kept }, (_, fd) => fd);
  const channels = started.map(({ name }, index) => `${name}=${inherited.length + index}`);
  const { uid, gid, groups, home, name } = user;
  return {
    file,
    argv,
    environment: [
      ...environment,
      `HOME=${home}`,
      `USER=${name}`,
      `LOGNAME=${name}`,
      `${CHANNELS}=${channels.join(',')}`,
    ],
    credentials: { uid, gid, groups },
    limits,
    stdio: [...inherited, ...started.map(({ channel }) => channel)],
    ...(softNofile !== undefined && { softNofile }),
  };
}

/** One that could not be reached ends all the same: nobody holds the other end of its channel. */
function stop({ pidfd }: Child): void {
  try {
    posix.pidfdSendSignal(pidfd, constants.signals.SIGKILL);
  } catch {
    // it has ended, or this process is the command's user already
  }
}
