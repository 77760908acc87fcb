import type { Logger } from '../contexts/entrypoint.js';

/** Each message is a line on standard error. Standard error may be closed or full: that is no error. */
export const defaultLogger: Logger = {
  debug: write,
  info: write,
  warn: write,
  error: write,
};

function write(message: string): void {
  console.error('%s', message);
}
