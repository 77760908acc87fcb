import {
  CommandStartError,
  DaemonLostError,
  NotExecutableError,
  ProtocolError,
  RefusedError,
  RootwrapClient,
  RootwrapError,
} from '../client/index.js';
import type { AllowedLine } from './check-commands.js';
import { type LineReport, type Run, statusOfLine } from './report.js';

export interface BatchOptions {
  /** The command that starts a daemon which speaks on its standard streams. */
  readonly daemon: readonly string[];
  /** How many run at once. */
  readonly jobs: number;
  /** A command that fails does not keep the others from running. */
  readonly keepGoing: boolean;
  /** Aborting it ends what runs. */
  readonly cancelSignal: AbortSignal;
  /** Told before a command is sent. */
  readonly onStart: (line: AllowedLine) => void;
  /** Told of each line once, in the order in which they end; of those that did not run at last. */
  readonly onEnd: (report: LineReport) => void;
}

/**
 * Runs commands through one daemon. All have ended when this is over, and when this process is
 * killed the daemon ends them.
 */
export async function runBatch(
  lines: readonly AllowedLine[],
  options: BatchOptions,
): Promise<void> {
  const { jobs, keepGoing, cancelSignal, onStart, onEnd } = options;
  const client = new RootwrapClient(options.daemon, { stderr: 'ignore', transport: 'stdio' });
  let next = 0;
  let stopped = false;
  const work = async () => {
    for (;;) {
      const line = stopped || cancelSignal.aborted ? undefined : lines[next];
      if (line === undefined) return;
      next++;
      onStart(line);
      const { report, fatal } = await runLine(client, line, cancelSignal);
      stopped ||= fatal || (!keepGoing && statusOfLine(report) !== 0);
      onEnd(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, lines.length) }, work));
  } finally {
    await client.close();
  }
  for (const line of lines.slice(next)) onEnd(notRun(line));
}

/** A line whose turn never came. */
export function notRun(line: AllowedLine): LineReport {
  return reportOf(line, 'not-run');
}

function reportOf({ line, words, plan }: AllowedLine, outcome: LineReport['outcome']): LineReport {
  return { line, outcome, command: words, user: plan.user };
}

interface LineEnd {
  readonly report: LineReport;
  /** There is no daemon: the next line would fare no better. */
  readonly fatal: boolean;
}

async function runLine(
  client: RootwrapClient,
  line: AllowedLine,
  cancelSignal: AbortSignal,
): Promise<LineEnd> {
  try {
    // Not by `execute`: what that has started would outlive this process.
    const running = client.start(line.words, {
      input: '',
      stdout: 'collect',
      stderr: 'collect',
      encoding: 'buffer',
      stripFinalNewline: false,
      reject: false,
      cancelSignal,
    });
    const result = await running.result;
    const { exitCode, signal, durationMs, stdout, stderr } = result;
    if (exitCode === undefined && signal === undefined)
      return { report: notRun(line), fatal: false };
    const run: Run = {
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      interrupted: result.isCanceled,
      truncated: result.isMaxBuffer,
      heldOpen: result.heldOpen,
      start: new Date(Date.now() - durationMs),
      seconds: durationMs / 1000,
      stdout,
      stderr,
    };
    return { report: { ...reportOf(line, 'ran'), run }, fatal: false };
  } catch (error) {
    return failed(line, error);
  }
}

function failed(line: AllowedLine, error: unknown): LineEnd {
  const report = (outcome: LineReport['outcome'], fatal: boolean): LineEnd => {
    const reason = (error as Error).message;
    return { report: { ...reportOf(line, outcome), reason }, fatal };
  };
  if (error instanceof RefusedError) return report('denied', false);
  if (error instanceof NotExecutableError) return report('not-executable', false);
  if (error instanceof CommandStartError) return report('not-started', false);
  if (error instanceof RangeError) return report('not-started', false); // larger than a frame
  if (error instanceof DaemonLostError || error instanceof ProtocolError) {
    return report(error.mayHaveRun ? 'lost' : 'not-started', true);
  }
  if (error instanceof RootwrapError) return report('not-started', true);
  throw error;
}
