interface Followers {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const followers = new WeakMap<AbortSignal, Followers>();

/**
 * Has this called when the signal is aborted, until the function that is returned is called.
 *
 * However many follow a signal, it has one listener: Node warns of more than ten.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls, listener } = followers.get(signal) ?? follow(signal);
  calls.add(call);
  return () => {
    calls.delete(call);
    if (calls.size > 0 || followers.get(signal)?.calls !== calls) return;
    followers.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function follow(signal: AbortSignal): Followers {
  const calls = new Set<() => void>();
  const listener = () => {
    for (const call of [...calls]) call();
  };
  const made = { calls, listener };
  followers.set(signal, made);
  signal.addEventListener('abort', listener, { once: true });
  return made;
}
