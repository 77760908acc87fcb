/** For unit tests of code that calls a RootwrapClient: one that needs no daemon, no sudo, no root. */
import '../../wire/node-version.js'; // first: an old Node fails in what follows

import { type ClientOptions, RootwrapClient } from '../client.js';
import type { FakeCall } from './fake-command.js';
import { FakeDaemon, type FakeHandler } from './fake-daemon.js';
import { streamPair } from './stream-pair.js';

export type { FakeCall, FakeOutput, FakeResult } from './fake-command.js';
export type { FakeAnswer, FakeHandler } from './fake-daemon.js';

/**
 * A RootwrapClient whose commands are a function. All else is the real client, over the real protocol in
 * memory: options, results, errors, streams, timeouts, cancelling, closing.
 *
 * @example
 * const root = new FakeRootwrapClient(({ argv }) => {
 *   if (argv[0] === 'hostname') return { stdout: 'box\n' };
 * });
 */
export class FakeRootwrapClient extends RootwrapClient {
  /** What was asked for so far, in order. */
  readonly calls: readonly FakeCall[];

  /** @param handler answers a call; what it gives nothing for is refused */
  constructor(handler: FakeHandler, options: Pick<ClientOptions, 'startTimeout'> = {}) {
    if (typeof handler !== 'function') {
      throw new TypeError('the handler must be a function: ({ argv }) => ({ stdout: ... })');
    }
    const calls: FakeCall[] = [];
    const connect = () => {
      const [ours, its] = streamPair();
      new FakeDaemon(its, (call) => {
        calls.push(call);
        return handler(call);
      });
      return ours;
    };
    super({ connect }, options);
    this.calls = calls;
  }
}
