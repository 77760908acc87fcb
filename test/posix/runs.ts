import { posix, type Run, type RunEvent, type RunImage } from '#src/posix/addon.js';

type Ended = Extract<RunEvent, ['ended', ...unknown[]]>;

export interface Started {
  readonly run: Run;
  /** All that was told so far. */
  readonly events: RunEvent[];
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: number | null;
    readonly stdout: Buffer | undefined;
    readonly stderr: Buffer | undefined;
  }>;
}

/** An image of `file` for `posix.run`, changed by `more`. */
export function command(file: string, args: string[], more: Partial<RunImage> = {}): RunImage {
  const environment = ['PATH=/usr/bin:/bin'];
  return { file, argv: [file, ...args], environment, mostOutput: 1 << 30, ...more };
}

export function script(text: string, more: Partial<RunImage> = {}): RunImage {
  return command('/bin/sh', ['-c', text], more);
}

/** Runs it; `listen` hears of each event after it was noted. */
export function start(
  program: RunImage,
  listen: (event: RunEvent, run: Run) => void = () => {},
): Started {
  const events: RunEvent[] = [];
  let resolve: (end: Ended) => void;
  const ended = new Promise<Ended>((done) => {
    resolve = done;
  });
  const run: Run = posix.run(program, (...event) => {
    events.push(event);
    listen(event, run);
    if (event[0] === 'ended') resolve(event);
  });
  return {
    run,
    events,
    ended: ended.then(([, code, signal, stdout, stderr]) => ({ code, signal, stdout, stderr })),
  };
}

/** The events of that kind. */
export function ofKind<Kind extends RunEvent[0]>(kind: Kind, events: RunEvent[]) {
  return events.filter(
    (event): event is Extract<RunEvent, [Kind, ...unknown[]]> => event[0] === kind,
  );
}

/** What was streamed on one of the outputs. */
export function streamed(which: 1 | 2, events: RunEvent[]): Buffer {
  const pieces = ofKind('output', events).filter(([, output]) => output === which);
  return Buffer.concat(pieces.map(([, , bytes]) => bytes));
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await pause(2);
  }
}
