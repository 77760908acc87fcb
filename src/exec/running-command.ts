import { isPosixError, posix, type Run, type RunImage } from '../posix/addon.js';
import type { CommandImage } from './command-image.js';

/** Milliseconds that outputs are read on when the command has ended and another holds them open. */
const LINGER = 2000;

/** Milliseconds between two tries to reap a process that is traced. */
const TRACED = 20;

const SIGKILL = 9;
const NOTHING = Buffer.alloc(0);

/** A program to start, by a plan or not: who it runs as and what it holds open is always said. */
export type StartImage = RunImage & Pick<CommandImage, 'credentials' | 'pinned'>;

/** Why a command was told to end. */
export type EndReason = 'timedOut' | 'aborted' | 'overflowed';

export interface CommandLimits {
  /** Milliseconds until the command is ended; absent: it may take as long as it likes. */
  readonly timeout?: number;
  /** Number of the signal that asks it to end. */
  readonly killSignal: number;
  /** Milliseconds from that to SIGKILL. */
  readonly killAfter: number;
}

/** How a command ended. Code or signal is null. */
export interface CommandEnd {
  readonly code: number | null;
  /** Signal number. */
  readonly signal: number | null;
  /** What was collected; empty when it was streamed. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly reason?: EndReason;
  /** Another process held the outputs open; they were not read to their end. */
  readonly heldOpen: boolean;
}

export interface CommandEvents {
  ended(end: CommandEnd): void;
  /** A piece of a streamed output, 1 or 2. */
  output?(which: 1 | 2, bytes: Buffer): void;
  /** So many more bytes of its input are out of the way. */
  fed?(count: number): void;
  /** There is more output than may be kept; it is not read on before `allow`. */
  full?(kept: number, most: number): void;
  /** Its process has ended, but the command has not: its outputs are unread or held open, or it is traced. */
  exited?(): void;
}

/**
 * A program that was started, up to its end: when its process has ended and its outputs are at
 * theirs, or two seconds later when somebody else holds those open.
 */
export class RunningCommand {
  readonly #run: Run;
  readonly #limits: CommandLimits;
  readonly #events: CommandEvents;
  #timer: NodeJS.Timeout | undefined;
  #reason: EndReason | undefined;
  #killAt = Number.POSITIVE_INFINITY;
  #hasExited = false;
  /** Its process has ended, and its outputs are held open by somebody else. */
  #areOutputsHeld = false;
  /** When a process that is traced is given up. */
  #giveUpAt: number | undefined;
  #heldOpen = false;

  /** @throws PosixError when the program could not be started */
  constructor(image: StartImage, limits: CommandLimits, events: CommandEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#run = posix.run(image, (...event) => this.#on(...event));
    if (limits.timeout !== undefined) {
      this.#timer = setTimeout(() => this.end('timedOut'), limits.timeout);
    }
  }

  get pid(): number {
    return this.#run.pid;
  }

  /** Whether its process has ended. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** More standard input; null is its end. False: nobody reads it, and no `fed` will count it. */
  feed(bytes: Uint8Array | null): boolean {
    return posix.feed(this.#run, bytes);
  }

  /** Bytes of its first input that are not taken yet. */
  get queued(): number {
    return this.#run.queued ?? 0;
  }

  /** So many more bytes of output may be read, or kept. */
  allow(bytes: number): void {
    posix.allow(this.#run, bytes);
  }

  /** Sends the command's own process a signal; false when it has ended or is out of our reach. */
  signal(number: number): boolean {
    return this.#signal(number, false);
  }

  /**
   * Has the command end, with all that it started and that stayed in its process group: by its
   * signal, and SIGKILL later.
   */
  end(reason: EndReason, { killSignal, killAfter }: CommandLimits = this.#limits): void {
    this.#reason ??= reason;
    posix.killGroupAtEnd(this.#run);
    if (this.#areOutputsHeld) {
      this.#signal(SIGKILL, true);
      return; // the timer is the one for those who hold its outputs open
    }
    this.#signal(killSignal, true);
    if (this.#giveUpAt !== undefined) return; // it is over, and given up soon
    const killAt = performance.now() + killAfter;
    if (killAt >= this.#killAt) return; // asking again puts nothing off
    this.#killAt = killAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#signal(SIGKILL, true);
      this.forsake(); // what it wrote may be waiting for somebody who never reads it
    }, killAfter);
  }

  /** Nobody will be told of its collected output; the command does not notice. */
  discard(): void {
    posix.discard(this.#run);
  }

  /** There is no room for more of its output: what came before is its last. */
  overflow(): void {
    this.forsake();
    this.end('overflowed');
  }

  /** Nobody reads its outputs any more: it ends when its process does. */
  forsake(): void {
    posix.abandon(this.#run);
  }

  /** A set-uid program may be beyond the reach of a daemon that is not root. */
  #signal(number: number, everyone: boolean): boolean {
    try {
      return posix.signalRun(this.#run, number, everyone);
    } catch (error) {
      if (isPosixError(error) && error.code === 'EPERM') return false;
      throw error;
    }
  }

  #on(...[event, a, b, c, d]: Parameters<Parameters<typeof posix.run>[1]>): void {
    switch (event) {
      case 'output':
        this.#events.output?.(a, b);
        return;
      case 'fed':
        this.#events.fed?.(a);
        return;
      case 'full':
        this.#events.full?.(a, b);
        return;
      case 'overflow':
        this.end('overflowed');
        return;
      case 'exited':
        this.#outlived();
        return;
      case 'unread':
        this.#exited();
        return;
      case 'traced':
        this.#traced();
        return;
      case 'ended':
        this.#ended(a, b, c ?? NOTHING, d ?? NOTHING);
        return;
    }
  }

  #outlived(): void {
    this.#areOutputsHeld = true;
    clearTimeout(this.#timer);
    if (this.#reason !== undefined) this.#signal(SIGKILL, true);
    this.#timer = setTimeout(() => {
      this.#heldOpen = true;
      this.forsake();
    }, LINGER);
    this.#exited();
  }

  #exited(): void {
    this.#hasExited = true;
    this.#events.exited?.();
  }

  /** Mostly somebody looks on (strace), and lets it go in a moment. The process is a zombie already. */
  #traced(): void {
    clearTimeout(this.#timer);
    this.#giveUpAt ??= performance.now() + LINGER;
    this.#timer = setTimeout(() => {
      if (performance.now() < (this.#giveUpAt ?? 0)) posix.abandon(this.#run);
      else posix.giveUp(this.#run);
    }, TRACED);
    this.#exited();
  }

  #ended(code: number | null, signal: number | null, stdout: Buffer, stderr: Buffer): void {
    clearTimeout(this.#timer);
    const reason = this.#reason;
    this.#events.ended({
      code,
      signal,
      stdout,
      stderr,
      heldOpen: this.#heldOpen,
      ...(reason && { reason }),
    });
  }
}
