import '../wire/node-version.js'; // first: an old Node fails in what follows

export type { RefusedMiss } from '../wire/messages.js';
export type { CallEvent } from './call-channels.js';
export type { ClientOptions, CloseOptions } from './client.js';
export { RootwrapClient } from './client.js';
export type { StderrMode } from './daemon-process.js';
export type { DaemonEnd } from './errors.js';
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
export type { InputStream } from './input-source.js';
export type { Daemon } from './link.js';
export type {
  CollectedOf,
  Encoding,
  ExecuteOptions,
  ModeOf,
  OutputMode,
  OutputOf,
  StartOptions,
  StreamOf,
  TextEncoding,
} from './options.js';
export type { AnyResult, Output, Result } from './result.js';
export { RunningCommand } from './running-command.js';
