import { onAbort } from '../contexts/on-abort.js';
import type { Answer } from '../wire/answer.js';
import type { Parts } from '../wire/data.js';
import { PrivilegedError } from '../wire/errors.js';
import type { CallMessage } from '../wire/messages.js';

/** One call of a function, from the caller to the answer. */
export class HelperCall {
  readonly name: string;
  readonly parts: Parts;
  /** How many its arguments have. */
  readonly bytes: number;
  readonly signal: AbortSignal | undefined;
  /** Never rejects. */
  readonly answered: Promise<Answer>;
  /** What to undo when it is over. */
  #release: (() => void) | undefined;
  #answer: (answer: Answer) => void = () => {};

  constructor(name: string, parts: Parts, signal: AbortSignal | undefined) {
    this.name = name;
    this.parts = parts;
    this.bytes = parts.bytes.reduce((sum, { length }) => sum + length, 0);
    this.signal = signal;
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  message(id: number): CallMessage {
    const { value, places } = this.parts;
    const message = { type: 'call', id, name: this.name, args: value } as const;
    return places.length === 0 ? message : { ...message, bytes: places };
  }

  /** From now on, and until the call is over, this is what happens when the caller cancels. */
  onCancel(cancel: () => void): void {
    this.#release?.();
    this.#release = this.signal && onAbort(this.signal, cancel);
  }

  resolve(value: unknown): void {
    this.#release?.();
    this.#answer({ value });
  }

  /** @param reason makes what the call rejects with */
  reject(reason: () => unknown): void {
    this.#release?.();
    this.#answer({ reason });
  }

  /** Its arguments are more than the other side takes. */
  rejectArguments(why: string): void {
    const message = `the arguments of ${this.name}: ${why}`;
    this.reject(() => new PrivilegedError('ERR_PRIVILEGED_ARGUMENTS', message));
  }
}
