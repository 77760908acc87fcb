/** Where a call was made. Its frames are written out only when somebody reads them. */
export interface CallSite {
  readonly stack?: string;
}

/** @param called the function whose caller is looked for */
// biome-ignore lint/complexity/noBannedTypes: as Error.captureStackTrace takes it
export function callSite(called: Function): CallSite {
  const site: CallSite = {};
  Error.captureStackTrace(site, called);
  return site;
}

/** Gives an error that was made where an answer arrived the stack of the call that failed. */
export function setCallSite(error: Error, site: CallSite): Error {
  const [, ...frames] = (site.stack ?? '').split(/(?=\n {4}at )/);
  error.stack = `${error.name}: ${error.message}${frames.join('')}`;
  return error;
}
