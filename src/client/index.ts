export type { ClientOptions } from './client.js';
export { RootwrapClient } from './client.js';
export type { StderrMode } from './daemon-process.js';
export {
  ClientClosedError,
  CommandFailedError,
  CommandStartError,
  DaemonLostError,
  DaemonStartError,
  NotExecutableError,
  ProtocolError,
  RefusedError,
  RootwrapError,
} from './errors.js';
export type { Daemon } from './link.js';
export type {
  Encoding,
  ExecuteOptions,
  OutputMode,
  StartOptions,
  TextEncoding,
} from './options.js';
export type { Result } from './result.js';
export { RunningCommand } from './running-command.js';
