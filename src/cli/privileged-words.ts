import { isContextName } from '../privileged/contexts/declaration.js';

/** What the words of tsrootwrap-privileged ask for. */
export interface PrivilegedWords {
  readonly config: string;
  readonly contexts: readonly string[];
  /** A service to start with its helpers; absent: become the one helper. */
  readonly command?: { readonly user: string; readonly words: readonly string[] };
}

/** Words that make no sense. */
export class WordsError extends Error {
  override readonly name = 'WordsError';
}

/** @throws {WordsError} */
export function readPrivilegedWords(argv: readonly string[]): PrivilegedWords {
  const dashes = argv.indexOf('--');
  const options = dashes === -1 ? argv : argv.slice(0, dashes);
  const words = dashes === -1 ? [] : argv.slice(dashes + 1);
  const given = {
    '--config': [] as string[],
    '--context': [] as string[],
    '--user': [] as string[],
  };
  for (let at = 0; at < options.length; at += 2) {
    const [option = '', value] = options.slice(at, at + 2);
    if (!Object.hasOwn(given, option)) throw misused(`there is no option ${option}`);
    if (value === undefined || value === '') throw misused(`${option} needs a value`);
    given[option as keyof typeof given].push(value);
  }
  const [config, ...configs] = given['--config'];
  const [user, ...users] = given['--user'];
  const contexts = given['--context'];
  if (config === undefined || configs.length > 0) throw misused('give --config once');
  if (contexts.length === 0) throw misused('give --context');
  for (const name of contexts) {
    if (!isContextName(name)) throw misused(`a context is not called ${JSON.stringify(name)}`);
  }
  if (new Set(contexts).size < contexts.length) throw misused('name each context once');
  if (user === undefined) {
    if (dashes !== -1) throw misused('a command needs --user, who it runs as');
    if (contexts.length > 1) throw misused('one helper serves one context: give --context once');
    return { config, contexts };
  }
  if (users.length > 0) throw misused('give --user once');
  if (words.length === 0) throw misused('--user needs a command behind `--`');
  return { config, contexts, command: { user, words } };
}

function misused(problem: string): WordsError {
  return new WordsError(`${problem}; see --help`);
}
