import type { Logger } from '../contexts/entrypoint.js';

/** Each message is a line on standard error. That may be closed, or nobody may read it: no error. */
export const defaultLogger: Logger = {
  debug: write,
  info: write,
  warn: write,
  error: write,
};

/** Writes that may still fail. */
let outstanding = 0;

/** Errors of other writers to the stream are left to them. (Console's own guard lets EPIPE pass.) */
function write(message: string): void {
  const { stderr } = process;
  if (outstanding++ === 0) stderr.on('error', ignore);
  // a failed write calls back first, and the stream tells of it after that
  const done = () => {
    if (--outstanding === 0) stderr.off('error', ignore);
  };
  stderr.write(`${message}\n`, () => setImmediate(done));
}

function ignore(): void {}
