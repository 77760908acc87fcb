/**
 * How long (ms) after the first a signal is not a wish of its own. sudo passes on what it is sent and
 * systemd and process managers send to it and to the daemon alike: two signals, one wish.
 */
const ONE_WISH_MS = 1000;

/** What signals ask of a process that serves others. */
export interface SignalWishes {
  /** End when what runs has ended. */
  stop(why: string): void;
  /** End what runs as well. */
  stopAtOnce(why: string): void;
}

/** The first TERM or INT is a request, one that comes more than a second later an order. */
export function endOnSignals(server: SignalWishes): void {
  let first: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    const now = performance.now();
    first ??= now;
    if (now - first > ONE_WISH_MS) server.stopAtOnce(`a second signal, ${signal}`);
    else server.stop(signal); // a second time it does nothing
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGUSR1', () => {}); // otherwise Node opens its debugger
}
