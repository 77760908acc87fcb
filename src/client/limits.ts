/** This client's own limits, which hold whatever a daemon says of itself. */

/** Bytes of JSON in one message from a daemon: a refusal explained by a hundred filters is longest. */
export const MAX_ANSWER_TEXT = 2 * 1024 * 1024;

/** Bytes of collected output without `maxBuffer`; no daemon can be configured to send more. */
export const MAX_OUTPUT = 64 * 1024 * 1024;

/** Calls that one daemon is sent before it has answered any. */
export const MAX_REQUESTS = 1024;

/** Bytes of one command's input that are on their way to a daemon that has not taken them. */
export const MAX_INPUT_CREDIT = 1024 * 1024;

/**
 * Bytes that a command may write ahead of its reader. So much has to be on its way to be fast over
 * ssh as well; for a local daemon an eighth would do.
 */
export const OUTPUT_WINDOW = 1024 * 1024;

/** How long (ms) a daemon may take to answer for a command, once that had to be ended. */
export const MAX_ANSWER_DELAY_MS = 30_000;
