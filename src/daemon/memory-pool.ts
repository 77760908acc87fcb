/** How long (ms) memory may be held for a client that neither sends nor reads, while others wait. */
const LONGEST_HOLD_MS = 10_000;

/** How long (ms) a command's output waits for memory. */
const LONGEST_WAIT_MS = 10_000;

/** How often (ms) both are looked at, while somebody waits. */
const LOOK_MS = 1000;

/** Bytes that were given back after which `onReturned` is called, once it is quiet. */
const WORTH_RETURNING = 4 * 1024 * 1024;
const QUIET_MS = 1000;

interface Waiter {
  readonly bytes: number;
  readonly granted: () => void;
  /** Called in place of `granted` when it has waited too long; absent: it waits on. */
  readonly tired: (() => void) | undefined;
  readonly since: number;
}

interface Holder {
  readonly since: number;
  readonly cut: () => void;
}

/** A number of bytes that is handed out in parts. Who waits is served first come, first served. */
export class MemoryPool {
  #size: number;
  #taken = 0;
  #returned = 0;
  readonly #waiters = new Set<Waiter>();
  readonly #holders = new Set<Holder>();
  #serving = false;
  #look: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;

  /** @param size in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** Called a moment after much has been given back. */
  onReturned: () => void = () => {};

  get taken(): number {
    return this.#taken;
  }

  /** Holds from now on; what is taken already stays so. */
  resize(size: number): void {
    this.#size = size;
    this.#serve();
  }

  /** Takes that many bytes at once; undefined when there are not as many, or others wait. */
  take(bytes: number): Reservation | undefined {
    if (this.#waiters.size > 0 || bytes > this.#size - this.#taken) return undefined;
    this.#taken += bytes;
    return new Reservation(this, bytes);
  }

  /**
   * Takes them when they are there: calls `granted` later, and never before this has returned.
   *
   * @param tired called instead after ten seconds; absent: it waits on
   * @returns stops the waiting
   */
  wait(bytes: number, granted: (reservation: Reservation) => void, tired?: () => void): () => void {
    const waiter: Waiter = {
      bytes,
      granted: () => granted(new Reservation(this, bytes)),
      tired,
      since: performance.now(),
    };
    this.#waiters.add(waiter);
    this.#look ??= setTimeout(() => this.#lookAround(), LOOK_MS).unref();
    this.#serve();
    return () => {
      if (this.#waiters.delete(waiter)) this.#serve();
    };
  }

  /**
   * Has `cut` called when this memory has been held for ten seconds and others wait for some. It is for
   * what only a client can bring to an end: a frame that it has begun, an answer that it has to read.
   *
   * @returns to be called when it has ended
   */
  lend(cut: () => void): () => void {
    const holder = { since: performance.now(), cut };
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  /** For `Reservation`. */
  give(bytes: number): void {
    this.#taken -= bytes;
    this.#returned += bytes;
    if (this.#waiters.size > 0) this.#serve();
    if (this.#returned < WORTH_RETURNING) return;
    this.#quiet ??= setTimeout(() => this.#returnAll(), QUIET_MS).unref();
  }

  #returnAll(): void {
    this.#quiet = undefined;
    this.#returned = 0;
    this.onReturned();
  }

  /** From the event loop: what is granted may go on to anything. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    setImmediate(() => {
      this.#serving = false;
      for (const waiter of this.#waiters) {
        if (waiter.bytes > this.#size - this.#taken) break;
        this.#waiters.delete(waiter);
        this.#taken += waiter.bytes;
        waiter.granted();
      }
      if (this.#waiters.size === 0) this.#stopLooking();
    });
  }

  #stopLooking(): void {
    clearTimeout(this.#look);
    this.#look = undefined;
  }

  #lookAround(): void {
    this.#look = undefined;
    if (this.#waiters.size === 0) return;
    this.#look = setTimeout(() => this.#lookAround(), LOOK_MS).unref();
    const now = performance.now();
    const lagging = [...this.#holders].filter(({ since }) => now - since > LONGEST_HOLD_MS);
    for (const { cut } of lagging) cut();
    if (lagging.length > 0) return;
    for (const waiter of this.#waiters) {
      if (waiter.tired === undefined || now - waiter.since <= LONGEST_WAIT_MS) continue;
      this.#waiters.delete(waiter);
      waiter.tired();
      this.#serve();
      return; // what it had held may be enough for the others
    }
  }
}

/** Some bytes of a pool, until they are given back. */
export class Reservation {
  readonly #pool: MemoryPool;
  #bytes: number;

  constructor(pool: MemoryPool, bytes: number) {
    this.#pool = pool;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes so many bytes out of it, as one of their own. */
  part(bytes: number): Reservation {
    this.#bytes -= bytes;
    return new Reservation(this.#pool, bytes);
  }

  /** Gives back what is above so many bytes. */
  shrink(bytes: number): void {
    if (bytes >= this.#bytes) return;
    const more = this.#bytes - bytes;
    this.#bytes = bytes;
    this.#pool.give(more);
  }

  /** Gives back all that is left of it. */
  release(): void {
    this.shrink(0);
  }
}
