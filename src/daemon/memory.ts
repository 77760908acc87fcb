import type { DaemonSettings } from '../config/daemon-settings.js';
import { posix } from '../posix/addon.js';
import { INPUT_WINDOW } from '../wire/messages.js';
import { collectGarbage } from './collect-garbage.js';
import { MemoryPool, Reservation } from './memory-pool.js';

/** Bytes of a payload that a connection's share is enough for. */
export const SHORT = 64 * 1024;

/** Bytes of answers that wait to be read by the other side, from which on nothing more is read from it. */
export const MAX_UNREAD = 16 * 1024;

/**
 * What a connection that has authenticated may take without asking: its streams, a payload or a piece of input that waits to
 * be taken apart, answers that wait to be read, and a piece of one that is encoded.
 */
const CONNECTION_BYTES = 128 * 1024;

/** What it takes until then. */
const PENDING_BYTES = 16 * 1024;

/** What a command may take without asking: its process and pipes, and the beginning of its output. */
const COMMAND_BYTES = 64 * 1024;

/** Bytes of collected output that belong to that. */
export const FIRST_OUTPUT = 32 * 1024;

/** Bytes of input that belong to it. */
const SHORT_INPUT = 16 * 1024;

/** Bytes of one command's streamed output that may wait for the client, however many it grants. */
export const MAX_AHEAD = 512 * 1024;

/** Bytes of collected output that are asked for at a time, at most. */
const MAX_STEP = 1024 * 1024;

const NONE = new Reservation(new MemoryPool(0), 0);

/**
 * All memory that clients can make the daemon hold: `daemon_max_memory`. Half of it is for connections
 * and commands, a fixed share for each, so that what one client sends or leaves unread never keeps
 * another from a call. The other half is for what is larger than that: long frames, input, output, answers.
 * Of this as much is left free as one frame or output takes, since they are copied once, and as much as one
 * output takes is for a single command that would else wait.
 */
export class Memory {
  readonly shares: MemoryPool;
  readonly bodies: MemoryPool;
  /** One whole output: with this a command can always finish, and the others after it. */
  readonly #last: MemoryPool;

  constructor(settings: DaemonSettings) {
    const { shares, bodies, last } = partsOf(settings);
    this.shares = new MemoryPool(shares);
    this.bodies = new MemoryPool(bodies);
    this.#last = new MemoryPool(last);
    posix.returnFreeMemory();
    for (const pool of [this.shares, this.bodies]) pool.onReturned = collectGarbage;
  }

  resize(settings: DaemonSettings): void {
    const { shares, bodies, last } = partsOf(settings);
    this.shares.resize(shares);
    this.bodies.resize(bodies);
    this.#last.resize(last);
  }

  /** The share of a connection that has not authenticated; undefined when there is no room for one more. */
  forPending(): Reservation | undefined {
    return this.shares.take(PENDING_BYTES);
  }

  /** The share of one that has, beside that; undefined when there is no room for one more. */
  forConnection(): Reservation | undefined {
    return this.shares.take(CONNECTION_BYTES);
  }

  /**
   * What a command needs to begin with; undefined when there is no room for one more.
   *
   * @param sent what its input arrived in, when that was long; so much of it as the input takes becomes
   * the command's
   */
  forCommand(needs: CommandNeeds, sent?: Reservation): CommandMemory | undefined {
    const share = this.shares.take(COMMAND_BYTES);
    const ahead = needs.streaming ? this.bodies.take(MAX_AHEAD) : NONE;
    const input = this.#forInput(needs, sent);
    if (share !== undefined && ahead !== undefined && input !== undefined) {
      return new CommandMemory(this.bodies, this.#last, share, ahead, needs.feeding, input);
    }
    for (const taken of [share, ahead, input]) taken?.release();
    return undefined;
  }

  #forInput({ input, feeding }: CommandNeeds, sent?: Reservation): Reservation | undefined {
    if (feeding) return this.bodies.take(INPUT_WINDOW);
    if (sent !== undefined) return sent.part(input);
    return input > SHORT_INPUT ? this.bodies.take(input) : NONE;
  }
}

export interface CommandNeeds {
  /** Bytes of input that are there. */
  readonly input: number;
  readonly feeding: boolean;
  readonly streaming: boolean;
}

/** What one command holds, from its start until its answer has been taken. */
export class CommandMemory {
  readonly #bodies: MemoryPool;
  readonly #last: MemoryPool;
  readonly #share: Reservation;
  readonly #ahead: Reservation;
  readonly #feeding: boolean;
  readonly #input: Reservation;
  readonly #output: Reservation[] = [];
  #stopWaiting: () => void = () => {};

  constructor(
    bodies: MemoryPool,
    last: MemoryPool,
    share: Reservation,
    ahead: Reservation,
    feeding: boolean,
    input: Reservation,
  ) {
    this.#bodies = bodies;
    this.#last = last;
    this.#share = share;
    this.#ahead = ahead;
    this.#feeding = feeding;
    this.#input = input;
  }

  /** So many bytes of input wait for the command, and no others will. */
  queued(bytes: number): void {
    if (!this.#feeding) this.#input.shrink(bytes);
  }

  /** So many bytes of input are gone. */
  fed(bytes: number): void {
    if (!this.#feeding) this.#input.shrink(Math.max(0, this.#input.bytes - bytes));
  }

  /**
   * More room for collected output: at once, or later.
   *
   * @param wanted bytes that are kept at most, beyond what is kept already
   * @param tired called instead when there is none for too long
   */
  grow(wanted: number, granted: (bytes: number) => void, tired: () => void): void {
    const held = this.#output.reduce((sum, { bytes }) => sum + bytes, 0);
    const step = Math.min(wanted, MAX_STEP, Math.max(FIRST_OUTPUT, held));
    const take = (more: Reservation) => {
      this.#stopWaiting();
      this.#output.push(more);
      granted(more.bytes);
    };
    const more = this.#bodies.take(step);
    if (more !== undefined) {
      take(more);
      return;
    }
    const stops = [
      this.#bodies.wait(step, take, () => {
        this.#stopWaiting();
        tired();
      }),
      this.#last.wait(wanted, take),
    ];
    this.#stopWaiting = () => {
      this.#stopWaiting = () => {};
      for (const stop of stops) stop();
    };
  }

  /** The command has ended: its input is gone, its output is in the answer, of so many bytes. */
  ended(output: number): void {
    this.#stopWaiting();
    this.#input.release();
    let rest = output;
    for (const part of this.#output) {
      part.shrink(Math.min(part.bytes, rest));
      rest -= part.bytes;
    }
  }

  /** The answer, and all output before it, has been taken, or will never be. */
  release(): void {
    this.ended(0);
    this.#ahead.release();
    this.#share.release();
  }
}

function partsOf({ maxMemory, maxFrame, maxOutput }: DaemonSettings) {
  const half = Math.floor(maxMemory / 2);
  const copied = Math.max(maxFrame, maxOutput);
  return { shares: half, bodies: half - copied - maxOutput, last: maxOutput };
}
