import type { Entrypoint, Logger } from '../contexts/entrypoint.js';
import { resultLimits } from '../contexts/result-limits.js';
import { compileArguments, compileResult } from '../schema/compile.js';
import { DataError, type Parts, takeApart } from '../wire/data.js';
import { PrivilegedError, type PrivilegedErrorCode } from '../wire/errors.js';
import type { MessageLimits } from '../wire/message-limits.js';
import type { Failure } from '../wire/messages.js';
import { callFor } from './call.js';
import type { Cancellation } from './cancellation.js';
import { describeThrown, textOf } from './thrown.js';

/** How a call ended. */
export type Outcome = { readonly parts: Parts } | { readonly failure: Failure };

export interface RunOptions {
  /** By who called, or because nobody waits for the answer any more. */
  readonly cancellation: Cancellation;
  readonly log: Logger;
  /** Whether errors carry their stacks. */
  readonly debug: boolean;
  /** Called when the function has not ended by the end of its grace period. The call stays open. */
  overdue(message: string): void;
}

type Stop = 'timeout' | 'cancel';

const CANCELLED: Outcome = { failure: { kind: 'cancelled' } };

/** What a context gives its functions: milliseconds after their signal, and room for results. */
export type Bounds = Pick<PreparedFunction, 'grace' | 'resultLimits'>;

/** An entrypoint with its schemas compiled: where calls run, in the helper and in tests. */
export class PreparedFunction {
  readonly name: string;
  /** Milliseconds that the function has to end after its signal was aborted. */
  readonly grace: number;
  readonly resultLimits: MessageLimits;
  readonly #entrypoint: Entrypoint;
  readonly #checkArguments: (value: unknown) => void;
  readonly #checkResult: ((value: unknown) => void) | undefined;

  /**
   * @param name for messages
   * @param bounds the context's own unless given
   * @throws SchemaError
   */
  constructor(name: string, entrypoint: Entrypoint, bounds: Bounds = boundsOf(entrypoint)) {
    this.name = name;
    this.grace = bounds.grace;
    this.resultLimits = bounds.resultLimits;
    this.#entrypoint = entrypoint;
    this.#checkArguments = compileArguments(entrypoint.args);
    this.#checkResult = entrypoint.returns && compileResult(entrypoint.returns);
  }

  /** Milliseconds after the start at which the call is over or overdue; undefined: it may take for ever. */
  get longest(): number | undefined {
    const { timeout } = this.#entrypoint;
    return timeout === undefined ? undefined : timeout + this.grace;
  }

  /** Checks the arguments, runs the function, checks the result. Never rejects. */
  async call(args: unknown, options: RunOptions): Promise<Outcome> {
    const { cancellation, log, debug, overdue } = options;
    try {
      this.#checkArguments(args);
    } catch (error) {
      return refused(error, 'ERR_PRIVILEGED_ARGUMENTS');
    }
    if (cancellation.isCancelled) return CANCELLED;
    const { body, timeout } = this.#entrypoint;
    const { call, abort } = callFor(log);
    let stopped: Stop | undefined;
    let timer: NodeJS.Timeout | undefined;
    const stop = (why: Stop) => {
      if (stopped !== undefined) return;
      stopped = why;
      clearTimeout(timer);
      timer = setTimeout(() => overdue(this.#overdue(why)), this.grace);
      abort(reasonOf(why));
    };
    let ended = false;
    cancellation.listen(() => {
      if (!ended) stop('cancel');
    });
    if (timeout !== undefined) timer = setTimeout(stop, timeout, 'timeout');
    const begun = performance.now();
    let outcome: Outcome;
    try {
      outcome = this.#outcome(await body(args as never, call));
    } catch (thrown) {
      outcome = { failure: { kind: 'function', thrown: describeThrown(thrown, debug) } };
    }
    ended = true;
    clearTimeout(timer);
    if (stopped === 'cancel') return CANCELLED;
    // a function that blocks the event loop ends before any timer
    const late = timeout !== undefined && performance.now() - begun > timeout;
    return late || stopped === 'timeout' ? this.#timedOut() : outcome;
  }

  #outcome(value: unknown): Outcome {
    try {
      const parts = takeApart(value, 'result', this.resultLimits);
      this.#checkResult?.(value);
      return { parts };
    } catch (error) {
      return refused(error, 'ERR_PRIVILEGED_RESULT');
    }
  }

  #timedOut(): Outcome {
    const { timeout } = this.#entrypoint;
    return refusal('ERR_PRIVILEGED_TIMEOUT', `${this.name} did not end within ${timeout} ms`);
  }

  #overdue(why: Stop): string {
    const what = why === 'timeout' ? 'its timeout' : 'it was cancelled';
    return (
      `${this.name} goes on ${this.grace} ms after ${what}; ` +
      'let it end when its signal is aborted, or give its context a longer gracePeriod'
    );
  }
}

function boundsOf({ context }: Entrypoint): Bounds {
  const { gracePeriod, maxResult } = context.declaration;
  return { grace: gracePeriod, resultLimits: resultLimits(maxResult) };
}

/** What a check throws besides its own errors, such as for lack of stack, is a refusal too. */
function refused(error: unknown, code: PrivilegedErrorCode): Outcome {
  if (error instanceof PrivilegedError) return refusal(error.code, error.message);
  if (error instanceof DataError) return refusal(code, error.message);
  return refusal(code, `it cannot be checked: ${textOf(error)}`);
}

function refusal(code: PrivilegedErrorCode, message: string): Outcome {
  return { failure: { kind: 'refused', code, message } };
}

function reasonOf(why: Stop): DOMException {
  return why === 'timeout'
    ? new DOMException("the function's timeout is over", 'TimeoutError')
    : new DOMException('the call was cancelled', 'AbortError');
}
