import { readCommands } from '../batch/read-commands.js';

/**
 * The words of a line as a shell would split it, by the rules of `tsrootwrapctl batch`.
 *
 * @returns undefined when a shell would do more than split and unquote
 */
export function readPlainCommand(line: string): readonly string[] | undefined {
  const [command] = readCommands(Buffer.from(line));
  return command !== undefined && 'words' in command ? command.words : undefined;
}
