import type { Call, Logger } from '../contexts/entrypoint.js';

/** What a body gets besides its arguments, and what aborts its signal. */
export interface AbortableCall {
  readonly call: Call;
  abort(reason: DOMException): void;
}

/** The signal is made when the body asks for it: most bodies are over before anybody could abort it. */
export function callFor(log: Logger): AbortableCall {
  let controller: AbortController | undefined;
  let aborted: DOMException | undefined;
  return {
    call: {
      get signal() {
        controller ??= new AbortController();
        if (aborted !== undefined) controller.abort(aborted);
        return controller.signal;
      },
      log,
    },
    abort(reason) {
      aborted = reason;
      controller?.abort(reason);
    },
  };
}
