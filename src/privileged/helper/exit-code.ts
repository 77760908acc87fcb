/** How a helper ends, by sysexits(3) where that has a word for it. */
export const EXIT = {
  /** The service has gone or wants no more, or a signal asked for the end. */
  done: 0,
  /** Modules cannot be loaded (describe). */
  failed: 1,
  usage: 64,
  /** It could not start, a function ignored its signal, or an error was caught by nobody. */
  fatal: 70,
  /** A function called process.exit. */
  exited: 71,
  /** The service broke the rules of the channel. */
  protocol: 76,
} as const;
