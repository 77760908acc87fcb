import type { DaemonSettings } from '../config/daemon-settings.js';
import type { Commands } from './commands.js';
import type { Session } from './connection.js';
import type { Peer } from './peer.js';

/** What a dialect needs of the daemon. */
export interface Host {
  readonly commands: Commands;
  readonly limits: DaemonSettings;
  /** A request has come: the daemon is not idle. */
  touch(): void;
  /** Ends the daemon once what runs has ended. */
  stop(why: string): void;
  /** Tells the log of a peer that does not keep to the protocol. */
  complain(peer: Peer, what: string): void;
}

/** A session that can be told that the daemon is about to end. */
export interface Dialect extends Session {
  /** Answers what it has begun, begins nothing more, and ends the connection. */
  leave(): void;
}
