import { COMMON, type SubcommandWords, type Value } from './words.js';

/** A script for bash: `source` it, or lay it into the directory of bash-completion. */
export function bashCompletion(subcommands: readonly SubcommandWords[]): string {
  const names = [...subcommands.map(({ name }) => name), ...COMMON.map(({ word }) => word)];
  return `# Completion of tsrootwrapctl for bash, as \`tsrootwrapctl completion bash\` prints it.

_tsrootwrapctl() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  # bash makes three words of --format=json
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _tsrootwrapctl_words '${names.join(' ')}'
    return
  fi
  # Behind -- stands a command.
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    ((i == COMP_CWORD - 1)) && mapfile -t COMPREPLY < <(compgen -c -- "$word")
    return
  done
  case \${COMP_WORDS[1]}:$before in
${subcommands.flatMap(valueCases).join('\n')}
  esac
  case \${COMP_WORDS[1]}:$word in
${subcommands.map(optionCase).join('\n')}
${subcommands.flatMap(choiceCases).join('\n')}
  esac
}

# Offers those of the words that begin like the one at the cursor, and no files. compopt complains
# where nothing is being completed.
_tsrootwrapctl_words() {
  compopt +o default 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

complete -o default -F _tsrootwrapctl tsrootwrapctl
`;
}

function valueCases({ name, options }: SubcommandWords): string[] {
  return options.flatMap(({ word, value }) =>
    value === undefined ? [] : [`    ${name}:${word}) ${offer(value)}; return ;;`],
  );
}

function optionCase({ name, options }: SubcommandWords): string {
  const words = [...options, ...COMMON].map(({ word }) => word);
  return `    ${name}:-*) ${offer({ kind: 'choice', choices: words })} ;;`;
}

function choiceCases({ name, positionals }: SubcommandWords): string[] {
  return positionals.flatMap(({ value }) =>
    value.kind === 'choice' ? [`    ${name}:*) ${offer(value)} ;;`] : [],
  );
}

function offer(value: Value): string {
  if (value.kind === 'choice') return `_tsrootwrapctl_words '${value.choices.join(' ')}'`;
  if (value.kind === 'user') return 'mapfile -t COMPREPLY < <(compgen -u -- "$word")';
  return value.kind === 'free' ? "_tsrootwrapctl_words ''" : ':';
}
