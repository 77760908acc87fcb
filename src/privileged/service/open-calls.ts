import { DataError } from '../wire/data.js';
import { MOST_BYTES_AT_ONCE, type ToHelper } from '../wire/messages.js';
import type { HelperCall } from './helper-call.js';

/** The way to a helper, as calls see it. */
export interface CallOutlet {
  /** Whether it is ready for calls. */
  readonly isServing: boolean;
  /** Milliseconds after its cancellation in which a call has to be answered. */
  readonly patience: number;
  /**
   * @returns false when the helper does not read: nothing is sent until `drained`
   * @throws {DataError} larger than the helper takes
   */
  send(message: ToHelper, bytes?: readonly Uint8Array[]): boolean;
  /** A call was sent while there was none. */
  busy(): void;
  /** A call was cancelled, and the helper has neither answered it nor ended. */
  frozen(call: HelperCall): void;
}

/**
 * Calls that a helper works on at once; others wait here. It reads nothing, not even what cancels one,
 * while it has 1000.
 */
const MOST_IN_FLIGHT = 900;

/** The calls of one helper that are not answered, sent or still to be sent. */
export class OpenCalls {
  readonly #outlet: CallOutlet;
  /** Sent, by their ids. */
  readonly #sent = new Map<number, HelperCall>();
  /** To be sent: there is no room, or the helper is not ready yet. */
  readonly #waiting = new Set<HelperCall>();
  /** Of all that were sent. */
  #bytes = 0;
  #reading = true;
  #lastId = 0;

  constructor(outlet: CallOutlet) {
    this.#outlet = outlet;
  }

  /** Whether nothing was sent that has no answer. */
  get isIdle(): boolean {
    return this.#sent.size === 0;
  }

  add(call: HelperCall): void {
    // never past one that waits for more room than this one takes
    if (this.#waiting.size === 0 && this.#hasRoomFor(call)) this.#send(call);
    else this.#wait(call);
  }

  /** One that was sent. */
  get(id: number): HelperCall | undefined {
    return this.#sent.get(id);
  }

  answered(id: number): void {
    this.#bytes -= this.#sent.get(id)?.bytes ?? 0;
    this.#sent.delete(id);
    this.sendWaiting();
  }

  /** The helper reads again. */
  drained(): void {
    this.#reading = true;
    this.sendWaiting();
  }

  sendWaiting(): void {
    for (const call of this.#waiting) {
      if (!this.#hasRoomFor(call)) return;
      this.#waiting.delete(call);
      this.#send(call);
    }
  }

  rejectWaiting(reason: () => unknown): void {
    for (const call of this.#waiting) call.reject(reason);
    this.#waiting.clear();
  }

  rejectAll(reason: () => unknown): void {
    for (const call of this.#sent.values()) call.reject(reason);
    this.#sent.clear();
    this.#bytes = 0;
    this.rejectWaiting(reason);
  }

  #hasRoomFor({ bytes }: HelperCall): boolean {
    if (!this.#outlet.isServing || !this.#reading) return false;
    return this.#sent.size < MOST_IN_FLIGHT && this.#bytes + bytes < MOST_BYTES_AT_ONCE;
  }

  #wait(call: HelperCall): void {
    this.#waiting.add(call);
    call.onCancel(() => {
      this.#waiting.delete(call);
      call.reject(() => call.signal?.reason);
      this.sendWaiting(); // it may have been what others waited behind
    });
  }

  #send(call: HelperCall): void {
    const id = this.#lastId + 1;
    try {
      this.#reading = this.#outlet.send(call.message(id), call.parts.bytes);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      call.rejectArguments(error.message);
      return;
    }
    this.#lastId = id;
    if (this.#sent.size === 0) this.#outlet.busy();
    this.#sent.set(id, call);
    this.#bytes += call.bytes;
    call.onCancel(() => this.#cancel(id, call));
  }

  /** What was cancelled is over when the function is: that is what the helper says next about it. */
  #cancel(id: number, call: HelperCall): void {
    this.#outlet.send({ type: 'cancel', id });
    const timer = setTimeout(() => {
      // after what has arrived in the meantime: it may have been this process that did not run
      setImmediate(() => {
        if (this.#sent.get(id) === call) this.#outlet.frozen(call);
      });
    }, this.#outlet.patience);
    void call.answered.then(() => clearTimeout(timer));
  }
}
