const actions = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Does something when a signal is aborted, which is not aborted yet. However many ask, the signal has
 * one listener: Node warns of more than ten as of a leak, and a service has one signal for its end.
 *
 * @param action must not throw
 * @returns undoes it
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const own = () => action(); // one for each time that the same is given
  const all = actions.get(signal) ?? listenTo(signal);
  all.add(own);
  return () => {
    if (all.delete(own) && all.size === 0) forget(signal);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  actions.set(signal, all);
  signal.addEventListener('abort', aborted);
  return all;
}

function forget(signal: AbortSignal): void {
  actions.delete(signal);
  signal.removeEventListener('abort', aborted);
}

function aborted(this: AbortSignal): void {
  for (const action of actions.get(this) ?? []) action();
}
