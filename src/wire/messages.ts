/**
 * The messages of tsrootwrap's own dialect; docs/protocol.md is their specification. A frame holds
 * one: a JSON object, and for some kinds a line end and bytes, which need no encoding that way.
 */
export type ToDaemon = Hello | Run | Stdin | Window | Signal | Abort;
export type FromDaemon =
  | Welcome
  | Started
  | Output
  | Window
  | Exit
  | Refused
  | Failed
  | Broken
  | Goodbye;

export const PROTOCOL = 1;

/** Bytes of standard input that a client may send before the daemon grants more by `window`. */
export const INPUT_WINDOW = 256 * 1024;

/** Milliseconds between asking a command to end and SIGKILL, unless told. */
export const KILL_AFTER = 5000;

export interface Hello {
  readonly type: 'hello';
  readonly protocol: number;
}

/** Run a command. Its bytes, if any, are the command's standard input, or the beginning of it. */
export interface Run {
  readonly type: 'run';
  /** Whole, and larger than all before on this connection. */
  readonly id: number;
  readonly argv: readonly string[];
  /** Variables to set; an EnvFilter has to allow them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More input follows in `stdin` messages. */
  readonly feeding?: boolean;
  /** Send output as it comes: at most this many bytes until `window` grants more. */
  readonly window?: number;
  /** Milliseconds after which the command is ended. */
  readonly timeout?: number;
  /** Most bytes of collected output, standard output and error together. */
  readonly maxOutput?: number;
  /** The signal that asks it to end, by name; SIGTERM unless told. */
  readonly killSignal?: string;
  /** Milliseconds from that signal to SIGKILL. */
  readonly killAfter?: number;
  /** Have `exit` say which filter allowed it; for a daemon whose `limits` say `tellsFilter`. */
  readonly tellFilter?: true;
}

/** More of the command's standard input, and whether that was all. */
export interface Stdin {
  readonly type: 'stdin';
  readonly id: number;
  readonly end?: boolean;
}

/** Grants the other side so many more bytes of the streams of this command. */
export interface Window {
  readonly type: 'window';
  readonly id: number;
  readonly bytes: number;
}

/** A signal to the command, by name. */
export interface Signal {
  readonly type: 'signal';
  readonly id: number;
  readonly signal: string;
}

/** End the command: its killSignal, and SIGKILL after killAfter. */
export interface Abort {
  readonly type: 'abort';
  readonly id: number;
}

export interface Welcome {
  readonly type: 'hello';
  readonly protocol: number;
  /** Version of the daemon. */
  readonly version: string;
  readonly limits: {
    /** Bytes of a frame. */
    readonly frame: number;
    /** Commands at once. */
    readonly requests: number;
    /** Bytes of a command's collected output. */
    readonly output: number;
    /** Bytes of input before the first `window`. */
    readonly input: number;
    /** It knows `tellFilter`. Here, since clients of 0.1.0 take no other property of hello. */
    readonly tellsFilter?: boolean;
  };
}

/** Sent for a command whose output is streamed. */
export interface Started {
  readonly type: 'started';
  readonly id: number;
  readonly pid: number;
}

/** A piece of output, as bytes. */
export interface Output {
  readonly type: 'stdout' | 'stderr';
  readonly id: number;
}

/** How a command ended. Collected output is in the bytes: standard output, then standard error. */
export interface Exit {
  readonly type: 'exit';
  readonly id: number;
  readonly code: number | null;
  /** By name. */
  readonly signal: string | null;
  /** Bytes of standard output that were collected. */
  readonly stdout: number;
  readonly stderr: number;
  readonly timedOut?: true;
  readonly aborted?: true;
  /** It wrote more than maxOutput and was ended; what came before that is here. */
  readonly overflowed?: true;
  /** Another process held its output open after it had ended; nothing was read from then on. */
  readonly heldOpen?: true;
  /** Name of the filter that allowed it, for a `run` with `tellFilter`. */
  readonly filter?: string;
}

/** The policy does not allow it, or it is not there. Nothing was run. */
export interface Refused {
  readonly type: 'refused';
  readonly id: number;
  readonly reason: 'unauthorized' | 'not-executable';
  readonly message: string;
  /** What each filter that was asked said; only with daemon_explain_refusals. */
  readonly misses?: readonly RefusedMiss[];
}

export interface RefusedMiss {
  readonly filter: string;
  readonly reason: string;
  readonly word?: string;
}

/** It was allowed, or might have been, and could not be started. Nothing was run. */
export interface Failed {
  readonly type: 'failed';
  readonly id: number;
  /** errno's name, `unknown-user`, or `busy`: too many commands at once. */
  readonly code: string;
  readonly message: string;
}

/** The client broke the protocol. The connection is closed behind this. */
export interface Broken {
  readonly type: 'error';
  readonly message: string;
}

/** The daemon takes no more requests: those with an id above `last` were not and will not be run. */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly last: number;
}
