import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';

/** open(2); Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * An object held by a descriptor that neither opens nor follows it, so that it stays the same one
 * while others rename things. Close it after use.
 *
 * A user may mount a file system of its own (FUSE) on a directory of its own, and then even a stat
 * waits for that user's program. Holding does not, and `mountId` tells before anything else is asked.
 */
export class HeldPath {
  readonly #fd: number;

  /** @throws errno's error, for a link as well when a directory is wanted */
  constructor(path: string, kind: 'directory' | 'anything') {
    const flags = kind === 'directory' ? constants.O_DIRECTORY : 0;
    this.#fd = openSync(path, O_PATH | constants.O_NOFOLLOW | flags);
  }

  /** A path of /proc that leads to the held object itself, whatever stands at its name by now. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /** Which mount it is on. Asks the kernel only, never the file system. */
  mountId(): string | undefined {
    const info = readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'latin1');
    return /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
  }

  stat(): Stats {
    return fstatSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
