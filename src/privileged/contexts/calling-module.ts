/**
 * The file URL or path of the module that called a function; undefined where the stack does not tell.
 *
 * @param callee the function that was called: it and what it calls are left out
 */
export function callingModule(callee: (...args: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites[0]?.getFileName();
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    const { stack } = holder; // asked for while the above is in place
    return typeof stack === 'string' ? stack : undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace as typeof Error.prepareStackTrace;
  }
}
