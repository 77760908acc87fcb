import { escapeCommand } from '../log/escape.js';
import type { RefusedMiss } from '../wire/messages.js';
import { escapeLines } from './escape-lines.js';
import type { AnyResult } from './result.js';

/** Every error of a RootwrapClient but for wrong arguments, which are TypeError or RangeError. */
export abstract class RootwrapError extends Error {
  /** Tells the kinds apart where `instanceof` can't, such as between two copies of the package. */
  abstract readonly code: string;
  /** Whether the command was run, or may have been. Where it is false the call can be repeated. */
  abstract readonly mayHaveRun: boolean;
}

/** Characters of a command's output in the message of its error. */
const MOST_SHOWN = 2000;

/** The command ran and did not succeed: all of its Result, and a message with its output's end. */
export class CommandFailedError<Output = AnyResult['stdout']>
  extends RootwrapError
  implements Omit<AnyResult, 'stdout' | 'stderr'>
{
  override readonly name = 'CommandFailedError';
  readonly code = 'ERR_COMMAND_FAILED';
  /** False when it was canceled before it was sent. */
  readonly mayHaveRun: boolean;
  /** The message without any output. */
  readonly shortMessage: string;
  declare readonly command: string;
  declare readonly argv: readonly string[];
  declare readonly exitCode: number | undefined;
  declare readonly signal: string | undefined;
  declare readonly failed: boolean;
  declare readonly timedOut: boolean;
  declare readonly isCanceled: boolean;
  declare readonly isMaxBuffer: boolean;
  declare readonly isTerminated: boolean;
  declare readonly stdout: Output;
  declare readonly stderr: Output;
  declare readonly durationMs: number;
  declare readonly heldOpen: boolean;

  constructor(result: AnyResult, options: ErrorOptions & { readonly inputFailed?: boolean } = {}) {
    const { cause, inputFailed = false } = options;
    const happened = inputFailed
      ? `Command ended since its input failed (${escapeLines((cause as Error).message)})`
      : whatHappened(result);
    const shortMessage = `${happened}: ${result.command}`;
    const shown = lastOf(result.stderr) || lastOf(result.stdout);
    super(shown === '' ? shortMessage : `${shortMessage}\n${shown}`, options);
    Object.assign(this, result);
    this.shortMessage = shortMessage;
    this.mayHaveRun = !wasNeverSent(result);
  }
}

function wasNeverSent({ isCanceled, exitCode, isTerminated }: AnyResult): boolean {
  return isCanceled && exitCode === undefined && !isTerminated;
}

function whatHappened(result: AnyResult): string {
  if (result.timedOut) return 'Command took longer than `timeout` allows and was ended';
  if (wasNeverSent(result)) return 'Command canceled before it was sent';
  if (result.isCanceled) return 'Command canceled and ended';
  if (result.isMaxBuffer) {
    return 'Command wrote more than `maxBuffer` or the daemon allows and was ended; start() streams';
  }
  if (result.isTerminated) return `Command was killed by ${result.signal}`;
  return `Command failed with exit code ${result.exitCode}`;
}

function lastOf(output: AnyResult['stdout']): string {
  if (output === undefined) return '';
  const text =
    typeof output === 'string'
      ? output
      : Array.isArray(output)
        ? output.slice(-MOST_SHOWN).join('\n')
        : Buffer.from(output.slice(-MOST_SHOWN)).toString();
  return escapeLines(text.slice(-MOST_SHOWN).trimEnd());
}

/** No filter allows the command. It was not run. */
export class RefusedError extends RootwrapError {
  override readonly name = 'RefusedError';
  readonly code = 'ERR_REFUSED';
  readonly mayHaveRun = false;
  readonly reason = 'unauthorized';

  constructor(
    readonly argv: readonly string[],
    message: string,
    /** What each filter said, when the daemon explains (daemon_explain_refusals). */
    readonly misses?: readonly RefusedMiss[],
  ) {
    const told = misses?.map(({ filter, reason, word }) => {
      return `\n  ${filter}: ${word === undefined ? '' : `${escapeCommand([word])} `}${reason}`;
    });
    const advice = told
      ? `the filters said:${escapeLines(told.join(''))}`
      : 'allow it in a filter file, or set daemon_explain_refusals in rootwrap.conf to be told why';
    super(`${escapeLines(message)}: ${advice}`);
  }
}

/** A filter allows the command, and its program is not there. It was not run. */
export class NotExecutableError extends RootwrapError {
  override readonly name = 'NotExecutableError';
  readonly code = 'ERR_NOT_EXECUTABLE';
  readonly mayHaveRun = false;

  constructor(
    readonly argv: readonly string[],
    message: string,
  ) {
    super(
      `${escapeLines(message)}: install the program, or correct exec_dirs in rootwrap.conf or the filter`,
    );
  }
}

/** The command could not be started. It was not run. */
export class CommandStartError extends RootwrapError {
  override readonly name = 'CommandStartError';
  readonly code = 'ERR_COMMAND_START';
  readonly mayHaveRun = false;

  constructor(
    readonly argv: readonly string[],
    /** Name of errno (`EACCES`), `unknown-user`, or `busy`. */
    readonly reason: string,
    message: string,
  ) {
    super(`${escapeLines(message)}${START_ADVICE[reason] ?? ''}`);
  }
}

const START_ADVICE: Readonly<Record<string, string>> = {
  busy: ': try again when one has ended, or raise daemon_max_requests in rootwrap.conf',
  'unknown-user': ': create the user or correct the filter',
  E2BIG: ': use fewer or shorter arguments',
  EAGAIN: ': try again later, or raise the limit of processes',
};

/** What is known of a daemon that is gone. */
export interface DaemonEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** The last that it, or the command that starts it, wrote on its standard error. */
  readonly stderr?: string | undefined;
}

/** There is no daemon to send commands to. What was asked for was not run. */
export class DaemonStartError extends RootwrapError {
  override readonly name = 'DaemonStartError';
  readonly code = 'ERR_DAEMON_START';
  readonly mayHaveRun = false;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stderr: string;

  constructor(message: string, end: DaemonEnd = {}, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.stderr = end.stderr ?? '';
  }
}

/** The daemon went away without an answer. */
export class DaemonLostError extends RootwrapError {
  override readonly name = 'DaemonLostError';
  readonly code = 'ERR_DAEMON_LOST';

  constructor(
    readonly argv: readonly string[],
    /** True: the command was sent, and may have run, in part or as a whole. False: it has not. */
    readonly mayHaveRun: boolean,
    why: string,
  ) {
    const advice = mayHaveRun
      ? 'it may have run or not: look before you repeat it'
      : 'it was not run: repeat it when the daemon is well';
    super(`${why} before it answered ${escapeCommand(argv)}; ${advice}`);
  }
}

/** The other side, or what lies between, does not speak the protocol. The connection was closed. */
export class ProtocolError extends RootwrapError {
  override readonly name = 'ProtocolError';
  readonly code = 'ERR_PROTOCOL';

  constructor(
    message: string,
    /** Whether the command was sent, and so may have run. */
    readonly mayHaveRun: boolean,
  ) {
    super(message);
  }
}

/** @param problem what the other side did wrong */
export function brokenBy(problem: string, mayHaveRun: boolean): ProtocolError {
  return new ProtocolError(
    `the connection was closed since the other side breaks the protocol: ${escapeLines(problem)}; ` +
      'see that both ends are of one version and that nothing else writes to the pipes between them',
    mayHaveRun,
  );
}

/** The client was closed before the call, or its close waited no longer for the answer. */
export class ClientClosedError extends RootwrapError {
  override readonly name = 'ClientClosedError';
  readonly code = 'ERR_CLIENT_CLOSED';

  constructor(
    /** Whether the command was sent, and so may have run; it was told to end. */
    readonly mayHaveRun: boolean,
  ) {
    super(
      mayHaveRun
        ? 'this RootwrapClient was closed before the command ended, which was told to: give `close` a longer `timeout`'
        : 'this RootwrapClient is closed: make a new one, or close it later',
    );
  }
}
