import { isMainThread } from 'node:worker_threads';

interface Resting {
  rest(): Promise<void>;
}

const open = new Set<Resting>();
let isListening = false;

/**
 * In a worker thread: ends this client's daemon when the thread has nothing left to do. Node waits for
 * children only while the thread that started them lives, so the daemon would stay behind as a zombie.
 * A process that ends needs none of this.
 */
export function endWithThread(client: Resting): void {
  if (isMainThread) return;
  open.add(client);
  if (isListening) return;
  isListening = true;
  process.on('beforeExit', () => {
    const clients = [...open];
    open.clear();
    for (const each of clients) void each.rest();
  });
}

/** Its daemon has ended already. */
export function endedBeforeThread(client: Resting): void {
  open.delete(client);
}
