/** What the executables say by their exit status; the same numbers as oslo.rootwrap's. */
export const EXIT = {
  /** Allowed, but the system would not run it (a bad interpreter, too many arguments...). */
  cannotRun: 126,
  notExecutable: 96,
  badConfig: 97,
  noCommand: 98,
  unauthorized: 99,
} as const;
