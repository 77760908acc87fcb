import { COMMON, type OptionWord, type SubcommandWords, type Value } from './words.js';

/** A script for fish: `source` it, or lay it into a directory of `fish_complete_path`. */
export function fishCompletion(subcommands: readonly SubcommandWords[]): string {
  const lines = [
    '# Completion of tsrootwrapctl for fish, as `tsrootwrapctl completion fish` prints it.',
    '',
    ...COMMON.map((option) => line(...optionWords(option))),
    ...subcommands.flatMap(subcommandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function subcommandLines({ name, describe, options, positionals }: SubcommandWords): string[] {
  const here = ['-n', quoted(`__fish_seen_subcommand_from ${name}`)];
  return [
    '',
    line('-n __fish_use_subcommand', '-f', '-a', name, '-d', quoted(describe)),
    ...options.map((option) => line(...here, ...optionWords(option))),
    ...positionals.flatMap(({ value }) =>
      value.kind === 'file' ? [] : [line(...here, ...valueWords(value))],
    ),
  ];
}

function line(...words: readonly string[]): string {
  return `complete -c tsrootwrapctl ${words.join(' ')}`;
}

function optionWords({ word, describe, value }: OptionWord): string[] {
  const values = value === undefined ? [] : valueWords(value);
  return ['-l', word.slice(2), ...values, '-d', quoted(describe)];
}

/** `-r` takes a value, which may be a file; `-x` one that is none. */
function valueWords(value: Value): string[] {
  switch (value.kind) {
    case 'choice':
      return ['-x', '-a', quoted(value.choices.join(' '))];
    case 'directory':
      return ['-x', '-a', quoted('(__fish_complete_directories)')];
    case 'user':
      return ['-x', '-a', quoted('(__fish_complete_users)')];
    case 'free':
      return ['-x'];
    case 'file':
      return ['-r'];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
