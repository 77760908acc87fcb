import type { ConfigFile } from './configparser.js';
import { type CheckRelative, onePath } from './directories.js';
import { boolean, integer } from './values.js';

/** What the `daemon_*` keys of rootwrap.conf say, less `daemon_timeout`, which is oslo.rootwrap's. */
export interface DaemonSettings {
  /** Authenticated connections at once. */
  readonly maxConnections: number;
  /** Connections that have not authenticated yet; the oldest is dropped for one more. */
  readonly maxPending: number;
  /** Seconds in which a connection has to authenticate. */
  readonly authTimeout: number;
  /** Bytes of the largest frame after authentication. */
  readonly maxFrame: number;
  /** Commands running at once. */
  readonly maxRequests: number;
  /** Bytes that are collected of one command's standard output and standard error together. */
  readonly maxOutput: number;
  /** Bytes of memory that clients can make the daemon hold, all in all. */
  readonly maxMemory: number;
  /** Whether a refused caller is told which filters came near, and why they did not match. */
  readonly explainRefusals: boolean;
  /** Where the socket's directory is made, absolute; undefined means the default of the user. */
  readonly directory: string | undefined;
}

const MIB = 1024 * 1024;
const LEAST_FRAME = 64 * 1024;
const LARGEST_FRAME = 256 * MIB;
/** A byte may become six characters of a reply's text, and V8's longest string has 2^29. */
const MOST_OUTPUT = 64 * MIB;
/** Bytes, unless configured. */
const MEMORY = 256 * MIB;
const LEAST_MEMORY = 8 * MIB;
const MOST_MEMORY = 1024 * 1024 * MIB;
/** Half of it is for connections and commands; the other half takes the largest frame or output three times. */
const TIMES_LARGEST = 6;
/** Seconds. */
const LONGEST_AUTH_TIMEOUT = 3600;

/**
 * @throws {ConfigError} for a value that breaks its key's rule, and what `checkRelative` throws
 */
export function daemonSettings(config: ConfigFile, checkRelative: CheckRelative): DaemonSettings {
  const maxFrame = integer(config, 'daemon_max_frame', 16 * MIB, LEAST_FRAME, LARGEST_FRAME);
  const maxOutput = integer(config, 'daemon_max_output', 16 * MIB, 0, MOST_OUTPUT);
  const least = Math.max(LEAST_MEMORY, TIMES_LARGEST * Math.max(maxFrame, maxOutput));
  return {
    maxConnections: integer(config, 'daemon_max_connections', 1024, 1),
    maxPending: integer(config, 'daemon_max_pending', 1024, 1),
    authTimeout: integer(config, 'daemon_auth_timeout', 10, 1, LONGEST_AUTH_TIMEOUT),
    maxFrame,
    maxRequests: integer(config, 'daemon_max_requests', 512, 1, 65_535),
    maxOutput,
    maxMemory: integer(config, 'daemon_max_memory', Math.max(MEMORY, least), least, MOST_MEMORY),
    explainRefusals: boolean(config, 'daemon_explain_refusals', false),
    directory: onePath(config, 'daemon_directory', 'directory', checkRelative),
  };
}
