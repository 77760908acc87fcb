import { problemWith } from '../programs.js';
import type { Skip } from '../section.js';
import { type Daemon, startOslos, startOurs } from './daemons.js';
import { OsloConnection } from './oslo-connection.js';

type Used = { stop(): Promise<void> } | AsyncDisposable;

/** The daemons and clients of a section, which end with it, and what it has to do without. */
export class Stage implements AsyncDisposable {
  readonly skips: Skip[] = [];
  readonly #used: Used[] = [];

  /** A daemon of ours that runs commands; undefined, and a skip, when it can't here. */
  ours(): Promise<Daemon | undefined> {
    return this.#daemon('tsrootwrap-daemon', startOurs);
  }

  oslos(): Promise<Daemon | undefined> {
    return this.#daemon('oslo-rootwrap-daemon', startOslos);
  }

  async hasSudo(): Promise<boolean> {
    const reason = await problemWith(['/usr/bin/sudo', '-n', '/bin/true']);
    if (reason !== undefined) this.skip('sudo', reason);
    return reason === undefined;
  }

  skip(name: string, reason: string): void {
    if (!this.skips.some((skip) => skip.name === name)) this.skips.push({ name, reason });
  }

  /** Ends it together with the section, before what was there earlier. */
  use<One extends Used>(used: One): One {
    this.#used.unshift(used);
    return used;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const used of this.#used) {
      await ('stop' in used ? used.stop() : used[Symbol.asyncDispose]());
    }
  }

  async #daemon(name: string, start: () => Promise<Daemon>): Promise<Daemon | undefined> {
    try {
      const daemon = this.use(await start());
      const connection = await OsloConnection.open(daemon);
      await connection.run(['true']);
      connection.close();
      return daemon;
    } catch (error) {
      this.skip(name, (error as Error).message);
      return undefined;
    }
  }
}
