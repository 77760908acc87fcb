import { COMMON, type OptionWord, type SubcommandWords, type Value } from './words.js';

/** A script for zsh: `source` it, or lay it as `_tsrootwrapctl` into a directory of `fpath`. */
export function zshCompletion(subcommands: readonly SubcommandWords[]): string {
  const described = subcommands.map(
    ({ name, describe }) => `        ${quoted(`${name}:${escapeColons(describe)}`)}`,
  );
  return `#compdef tsrootwrapctl
# Completion of tsrootwrapctl for zsh, as \`tsrootwrapctl completion zsh\` prints it.

_tsrootwrapctl() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${COMMON.map(optionSpec).join(' ')} \\
    '1: :->subcommand' '*:: :->rest' && return
  case $state in
    subcommand)
      local -a subcommands
      subcommands=(
${described.join('\n')}
      )
      _describe -t commands subcommand subcommands
      ;;
    rest)
      case $words[1] in
${subcommands.map(subcommandCase).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _tsrootwrapctl ]]; then
  _tsrootwrapctl "$@"
else
  compdef _tsrootwrapctl tsrootwrapctl
fi
`;
}

function subcommandCase(subcommand: SubcommandWords): string {
  const { name, options, positionals, takesCommand } = subcommand;
  const specs = [
    ...[...options, ...COMMON].map(optionSpec),
    ...positionals.map(({ name, value }, index) => quoted(`${index + 1}:${name}:${action(value)}`)),
    ...(takesCommand ? [quoted('*::command:_normal')] : []),
  ];
  const lines = specs.map((spec) => `            ${spec}`).join(' \\\n');
  return `        ${name})\n          _arguments \\\n${lines}\n          ;;`;
}

function optionSpec({ word, describe, value }: OptionWord): string {
  const text = `[${escapeColons(describe).replace(/[[\]]/g, '\\$&')}]`;
  if (value === undefined) return quoted(`${word}${text}`);
  return quoted(`${word}=${text}:${word.slice(2)}:${action(value)}`);
}

function action(value: Value): string {
  switch (value.kind) {
    case 'choice':
      return `(${value.choices.join(' ')})`;
    case 'directory':
      return '_files -/';
    case 'user':
      return '_users';
    case 'free':
      return ' ';
    case 'file':
      return '_files';
  }
}

function escapeColons(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
