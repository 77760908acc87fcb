import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { makeBase, notMade } from './base-directory.js';
import { errorCode, SocketDirectoryError } from './socket-directory-error.js';
import { newName, SOCKET } from './socket-name.js';
import { takeBackAndRemove } from './take-back.js';

export { SocketDirectoryError } from './socket-directory-error.js';
export { removeStale } from './stale-directories.js';

/** Bytes; `sun_path` of unix(7) without its NUL. Node cuts a longer path off. */
const LONGEST_SOCKET_PATH = 107;

/**
 * The directory of the daemon's socket. While the socket is made there, it is this process's own;
 * then it is handed to the one user that may connect.
 */
export class SocketDirectory {
  /** Where the socket is to listen. */
  readonly socketPath: string;
  readonly #base: string;
  readonly #name: string;

  private constructor(base: string, name: string) {
    this.#base = base;
    this.#name = name;
    this.socketPath = `${this.path}/${SOCKET}`;
  }

  get path(): string {
    return `${this.#base}/${this.#name}`;
  }

  /**
   * Makes the directory with a name of its own and mode 0700.
   *
   * @param base what daemon_directory says; undefined: `/run/tsrootwrap` for root, else a directory
   * of the user's own. Its last part is made when it is missing
   * @throws {SocketDirectoryError} when others could change the base, when it cannot be made, or
   * when the socket's path would be too long
   */
  static make(base: string | undefined): SocketDirectory {
    const name = newName();
    if (name === undefined) {
      throw new SocketDirectoryError('/proc/self/stat cannot be read; mount /proc');
    }
    const made = new SocketDirectory(makeBase(base), name);
    const length = Buffer.byteLength(made.socketPath);
    if (length > LONGEST_SOCKET_PATH) {
      throw new SocketDirectoryError(
        `${made.socketPath}: the path of a socket has at most ${LONGEST_SOCKET_PATH} bytes, and this ${length}; set daemon_directory in rootwrap.conf to a shorter one`,
      );
    }
    try {
      mkdirSync(made.path, { mode: 0o700 });
      chmodSync(made.path, 0o700); // the umask may have taken bits away
    } catch (error) {
      throw notMade(made.path, error);
    }
    return made;
  }

  /**
   * Gives the socket, then the directory, to the user that may connect. Call it once, when the socket
   * listens; from then on that user can change what stands in the directory.
   *
   * @param gid absent: the group stays; it has no access either way
   * @throws {SocketDirectoryError} when there is no socket yet, or the system refuses
   */
  handOver(uid: number, gid = -1): void {
    // by name: until the last line nobody else can change a name on the way
    try {
      if (!lstatSync(this.socketPath).isSocket()) {
        throw new SocketDirectoryError(`${this.socketPath} is no socket; listen there first`);
      }
      for (const [path, mode] of [
        [this.socketPath, 0o600],
        [this.path, 0o700],
      ] as const) {
        chmodSync(path, mode);
        if (uid !== process.geteuid?.() || gid !== -1) chownSync(path, uid, gid);
      }
    } catch (error) {
      if (error instanceof SocketDirectoryError) throw error;
      throw new SocketDirectoryError(
        `${this.socketPath} cannot be given to uid ${uid} (${errorCode(error)}); start the daemon as root or as that user`,
      );
    }
  }

  /**
   * Takes the directory back and removes it with all files in it. Never throws, and may be called
   * again.
   *
   * @returns why it is still there and what to do; undefined when it is gone
   */
  remove(): string | undefined {
    return takeBackAndRemove(this.#base, this.#name);
  }
}
