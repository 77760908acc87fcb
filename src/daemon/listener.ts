import { createServer, type Server, type Socket } from 'node:net';
import { type Peer as Credentials, posix } from '../posix/addon.js';
import { CHALLENGE_FRAME } from '../wire/challenge.js';
import { Authentication } from './authentication.js';
import { Connection } from './connection.js';
import type { Memory } from './memory.js';
import type { Reservation } from './memory-pool.js';
import type { Peer } from './peer.js';
import { errorCode, SocketDirectoryError } from './socket-directory-error.js';

export interface ListenerSettings {
  readonly key: Uint8Array;
  /** The only user that may connect, beside root. */
  readonly owner: number;
  readonly memory: Memory;
  /** As configured at the time. */
  limits(): {
    /** Seconds to authenticate in. */
    readonly authTimeout: number;
    /** Connections that have not authenticated; the oldest goes for one more. */
    readonly maxPending: number;
  };
}

export interface ListenerEvents {
  /** A connection that has authenticated. Nothing has been read behind that. */
  connected(connection: Connection): void;
  /** @param why a sentence for the log */
  refused(peer: Peer, why: string): void;
  /** Something went wrong that nobody is known to be the cause of. */
  failed(what: string): void;
}

/** A connection on its way to being let in. */
interface Pending {
  readonly connection: Connection;
  readonly deadline: NodeJS.Timeout;
}

/** The socket: lets in who the kernel says is the owner or root, and who proves to have the key. */
export class Listener {
  readonly #server: Server;
  readonly #settings: ListenerSettings;
  readonly #events: ListenerEvents;
  /** Oldest first. */
  readonly #pending = new Set<Pending>();

  private constructor(server: Server, settings: ListenerSettings, events: ListenerEvents) {
    this.#server = server;
    this.#settings = settings;
    this.#events = events;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', (error) => events.failed(`cannot accept connections: ${error.message}`));
    server.on('drop', () => events.failed('dropped a connection'));
  }

  /** @throws {SocketDirectoryError} when the socket cannot be made */
  static async listen(
    path: string,
    settings: ListenerSettings,
    events: ListenerEvents,
  ): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(notListening(path, error)));
      server.listen(path, resolve);
    });
    server.removeAllListeners('error');
    return new Listener(server, settings, events);
  }

  /** Takes no more connections, and drops those that are not let in yet. */
  close(): void {
    this.#server.close();
    for (const { connection } of this.#pending) connection.destroy();
  }

  #accept(socket: Socket): void {
    const peer = this.#peer(socket);
    if (peer === undefined) {
      socket.destroy();
      return;
    }
    const share = this.#share();
    if (share === undefined) {
      this.#refuse(peer, 'came when there was no memory for one more (daemon_max_memory)');
      socket.destroy();
      return;
    }
    const { memory } = this.#settings;
    const connection = new Connection(socket, socket, peer, CHALLENGE_FRAME, memory, share);
    connection.onBroken = ({ message }) => this.#refuse(peer, `sent ${message}`);
    const { authTimeout } = this.#settings.limits();
    const deadline = setTimeout(() => {
      this.#refuse(peer, `did not authenticate within ${authTimeout} s`);
      connection.destroy();
    }, authTimeout * 1000);
    const pending = { connection, deadline };
    const settled = () => {
      clearTimeout(deadline);
      this.#pending.delete(pending);
    };
    this.#pending.add(pending);
    const authentication = new Authentication(connection, this.#settings.key, {
      passed: () => {
        settled();
        this.#events.connected(connection);
      },
      failed: (why) => {
        this.#refuse(peer, why);
        connection.end(); // with the deadline as long as it doesn't take the refusal
      },
      gone: settled,
    });
    connection.serve(authentication);
    this.#limitPending();
  }

  /** For one more, somebody who has not authenticated goes. */
  #share(): Reservation | undefined {
    const { memory } = this.#settings;
    return memory.forPending() ?? (this.#dropOldest() ? memory.forPending() : undefined);
  }

  #limitPending(): void {
    if (this.#pending.size > this.#settings.limits().maxPending) this.#dropOldest();
  }

  /** False when there is none. */
  #dropOldest(): boolean {
    const [oldest] = this.#pending;
    if (oldest === undefined) return false;
    this.#refuse(oldest.connection.peer, 'was dropped: too many have not authenticated');
    oldest.connection.destroy();
    return true;
  }

  /** Who connected, by the kernel's word; undefined when they may not or are gone. */
  #peer(socket: Socket): Peer | undefined {
    let peer: Credentials;
    try {
      peer = posix.peerCredentials(descriptorOf(socket));
    } catch (error) {
      this.#events.failed(`cannot tell who connected: ${(error as Error).message}`);
      return undefined;
    }
    const { uid, pid } = peer;
    if (uid === 0 || uid === this.#settings.owner) return { uid, pid };
    this.#refuse(peer, `is not uid ${this.#settings.owner}`);
    return undefined;
  }

  #refuse(peer: Peer, why: string): void {
    this.#events.refused(peer, `refused the connection: the peer ${why}`);
  }
}

function notListening(path: string, error: Error): SocketDirectoryError {
  return new SocketDirectoryError(
    `${path}: the daemon's socket cannot be made (${errorCode(error)}); see to the space there, or set daemon_directory in rootwrap.conf to another directory`,
  );
}

/** Node gives an accepted socket's descriptor away by its handle only. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } };
  return handle?.fd ?? -1;
}
