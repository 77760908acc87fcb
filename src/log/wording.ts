import { commandList, commandText } from './command-text.js';
import { escapeWord } from './escape.js';

/** Who asked. For the one-shot executable the process is the one that becomes the command. */
export interface Asker {
  readonly uid: number;
  readonly pid: number;
}

/**
 * Who asked and under which configuration, ahead of what they said, which may be long and may look
 * like this.
 *
 * @param name of the user
 * @param file the rootwrap.conf
 */
export function askedBy({ uid, pid }: Asker, name: string, file: string): string {
  return `from ${escapeWord(name)} (uid ${uid}), pid ${pid}, by ${escapeWord(file)}: `;
}

const NO_FILTER = 'no filter matched';

/** The words of oslo.rootwrap, which people and programs look for in logs. */
export function unauthorized(words: readonly string[], why = NO_FILTER): string {
  return `Unauthorized command: ${commandText(words)} (${why})`;
}

/** The same as oslo.rootwrap has it on standard error, for the caller, who knows what it asked. */
export function unauthorizedPlain(words: readonly string[], why = NO_FILTER): string {
  return `Unauthorized command: ${words.join(' ')} (${why})`;
}

/** @param filter name of the filter that matched */
export function notFound(exec: string, filter: string): string {
  return `Executable not found: ${exec} (filter match = ${filter})`;
}

/** @param caller name of the user who asked */
export function executing(
  caller: string,
  plan: { readonly user: string; readonly argv: readonly string[] },
  filter: string,
): string {
  return `(${caller} > ${plan.user}) Executing ${commandList(plan.argv)} (filter match = ${filter})`;
}
