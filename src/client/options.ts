import type { Readable } from 'node:stream';
import type { InputStream } from './input-source.js';

export type TextEncoding = 'utf8' | 'utf16le' | 'latin1' | 'ascii' | 'hex' | 'base64' | 'base64url';

/** How output is given: as text in an encoding of Buffer, or with `buffer` as Uint8Array. */
export type Encoding = TextEncoding | 'buffer';

/** What may be said about one command. The names are execa's. */
export interface ExecuteOptions {
  /** Milliseconds, counted by the daemon from the command's start, after which it is ended. 0: none. */
  readonly timeout?: number | undefined;
  /** Aborting it ends the command; the call is over when the command is. */
  readonly signal?: AbortSignal | undefined;
  /** The same under execa's name. */
  readonly cancelSignal?: AbortSignal | undefined;
  /** Standard input; text is sent as UTF-8, bytes are copied at once. Empty unless given. */
  readonly input?: string | Uint8Array | InputStream | undefined;
  /** `utf8` unless told. */
  readonly encoding?: Encoding | undefined;
  /** Output as an array of lines without their ends. Has no meaning with encoding `buffer`. */
  readonly lines?: boolean | undefined;
  /**
   * Bytes of collected output, both streams together, at which the command is ended. The daemon's own
   * limit (daemon_max_output) holds if it is lower, and 64 MiB in any case.
   */
  readonly maxBuffer?: number | undefined;
  /** Variables to set for the command. An EnvFilter for exactly these names has to allow it. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What asks a command to end that has to: name or number. SIGTERM unless told. */
  readonly killSignal?: string | number | undefined;
  /** Milliseconds from that signal to SIGKILL, at most an hour; 5000 unless told. */
  readonly forceKillAfterDelay?: number | undefined;
  /** With false a command that failed is a result like another and no error. True unless told. */
  readonly reject?: boolean | undefined;
  /** Takes one line end off the end of the output. True unless told. */
  readonly stripFinalNewline?: boolean | undefined;
}

/**
 * What becomes of an output. `pipe`: a stream, and as long as nobody reads it the command waits.
 * `collect`: it is in the result. `ignore`: it is dropped.
 */
export type OutputMode = 'pipe' | 'collect' | 'ignore';

export interface StartOptions extends ExecuteOptions {
  /** `pipe` unless told. */
  readonly stdout?: OutputMode | undefined;
  /** `collect` unless told, so that a caller who does not read it waits for nothing. */
  readonly stderr?: OutputMode | undefined;
}

type ChosenBy<Options, Name extends string> = Options extends {
  readonly [_ in Name]?: infer Chosen;
}
  ? Chosen
  : unknown; // as for options of which none is this one

type TextFor<Lines> = unknown extends Lines ? string : Lines extends true ? string[] : string;

type OutputFor<Chosen, Lines> = unknown extends Chosen
  ? TextFor<Lines>
  : Chosen extends 'buffer'
    ? Uint8Array
    : TextFor<Lines>;

/** What collected output is with these options: a string, an array of strings or a Uint8Array. */
export type OutputOf<Options extends ExecuteOptions> = OutputFor<
  ChosenBy<Options, 'encoding'>,
  ChosenBy<Options, 'lines'>
>;

/** The mode of an output under these options. */
export type ModeOf<Options extends StartOptions, Name extends 'stdout' | 'stderr'> = ModeFor<
  ChosenBy<Options, Name>,
  Name extends 'stdout' ? 'pipe' : 'collect'
>;

type ModeFor<Chosen, Default> = unknown extends Chosen
  ? Default
  : Chosen extends undefined
    ? Default
    : Chosen;

/** What of an output of `start` is in the result. */
export type CollectedOf<Options extends StartOptions, Name extends 'stdout' | 'stderr'> =
  ModeOf<Options, Name> extends infer Mode
    ? Mode extends 'collect'
      ? OutputOf<Options>
      : undefined
    : never;

/** The stream of an output of `start`. */
export type StreamOf<Options extends StartOptions, Name extends 'stdout' | 'stderr'> =
  ModeOf<Options, Name> extends infer Mode ? (Mode extends 'pipe' ? Readable : undefined) : never;
