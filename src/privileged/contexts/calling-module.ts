/**
 * The file URL or path of the module that called a function; undefined where the stack does not tell.
 * It is the file that runs, whatever source maps say of it.
 *
 * @param callee the function that was called: it and what it calls are left out
 */
export function callingModule(callee: (...args: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  if (!assign(1, (_error, sites) => sites[0]?.getFileName())) return fromText(stackOf(callee));
  try {
    return textOf(stackOf(callee)); // asked for while the above is in place
  } finally {
    assign(stackTraceLimit, prepareStackTrace as typeof Error.prepareStackTrace);
  }
}

/** @returns false where nothing of Error can be changed, as with --frozen-intrinsics */
function assign(limit: number, prepare: typeof Error.prepareStackTrace): boolean {
  const changed = Reflect.set(Error, 'prepareStackTrace', prepare);
  return changed && Reflect.set(Error, 'stackTraceLimit', limit);
}

function stackOf(callee: (...args: never[]) => unknown): unknown {
  const holder: { stack?: unknown } = {};
  Error.captureStackTrace(holder, callee);
  return holder.stack;
}

function textOf(stack: unknown): string | undefined {
  return typeof stack === 'string' ? stack : undefined;
}

/** From the line of the first call: `    at [function (]FILE:LINE:COLUMN[)]`. */
function fromText(stack: unknown): string | undefined {
  const [, line = ''] = textOf(stack)?.split('\n') ?? [];
  return /(?: |\()((?:[a-z]+:|\/).*):\d+:\d+\)?$/.exec(line)?.[1];
}
