import { quote } from '../config/quote.js';
import { isContextName } from '../privileged/contexts/declaration.js';
import { checkPlainPath } from './place.js';
import { InitRefused } from './refusal.js';

/**
 * Whether what is said about privileged functions makes sense.
 *
 * @throws {InitRefused}
 */
export function checkPrivileged(choices: {
  readonly contexts: readonly string[];
  readonly modules?: string;
}): void {
  const { contexts, modules } = choices;
  if (contexts.length > 0 !== (modules !== undefined)) {
    throw new InitRefused('--context and --modules belong together; give both or neither');
  }
  if (modules !== undefined) checkPlainPath(modules, 'the directory of the modules');
  for (const name of contexts) {
    if (isContextName(name)) continue;
    throw new InitRefused(
      `${quote(name)} is no name of a context; use a to z, 0 to 9 and \`-\`, a letter first`,
    );
  }
  if (new Set(contexts).size < contexts.length) {
    throw new InitRefused('a context is named twice; name each once');
  }
}
