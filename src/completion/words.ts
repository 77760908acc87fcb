import type { Argv } from 'yargs';

/** What a completion has to know of a subcommand; every Subcommand has it. */
export interface Described {
  /** As yargs has it: `check <config>`. */
  readonly command: string;
  readonly describe: string;
  readonly builder: (yargs: Argv) => unknown;
  readonly takesCommand?: boolean;
}

/** What may stand for a value: files unless something else is known. */
export type Value =
  | { readonly kind: 'file' | 'directory' | 'user' | 'free' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface OptionWord {
  /** As it is written, with its dashes. */
  readonly word: string;
  readonly describe: string;
  /** Undefined for a switch. */
  readonly value: Value | undefined;
}

export interface PositionalWord {
  readonly name: string;
  readonly value: Value;
}

/** The words of one subcommand. */
export interface SubcommandWords {
  readonly name: string;
  readonly describe: string;
  readonly options: readonly OptionWord[];
  readonly positionals: readonly PositionalWord[];
  readonly takesCommand: boolean;
}

/** Values that are no files, by the name of their option or positional. */
const KINDS: Readonly<Record<string, 'directory' | 'user' | 'free'>> = {
  dir: 'directory',
  'filters-path': 'directory',
  jobs: 'free',
  service: 'free',
  user: 'user',
};

/** Options that yargs gives to every subcommand. */
export const COMMON: readonly OptionWord[] = [
  { word: '--help', describe: 'Show help', value: undefined },
  { word: '--version', describe: 'Show version number', value: undefined },
];

interface Declared {
  readonly type?: string;
  readonly default?: unknown;
  readonly describe?: string;
  readonly choices?: readonly string[];
}

/**
 * Reads the words of a subcommand from what it declares to yargs, so that no second list of them can
 * fall behind.
 */
export function wordsOf({ command, describe, builder, takesCommand }: Described): SubcommandWords {
  const options: OptionWord[] = [];
  const positionals: PositionalWord[] = [];
  const note = (method: string | symbol, name: string, declared: Declared): void => {
    if (method === 'option') options.push(optionWord(name, declared));
    if (method === 'positional') positionals.push({ name, value: valueFor(name, declared) });
  };
  const recorder: object = new Proxy(
    {},
    {
      get: (_target, method) => (name: string, declared: Declared) => {
        note(method, name, declared);
        return recorder;
      },
    },
  );
  builder(recorder as Argv);
  const [name = ''] = command.split(' ');
  return { name, describe, options, positionals, takesCommand: takesCommand === true };
}

function optionWord(name: string, declared: Declared): OptionWord {
  const { type, describe = '' } = declared;
  if (type !== 'boolean') return { word: `--${name}`, describe, value: valueFor(name, declared) };
  return {
    word: declared.default === true ? `--no-${name}` : `--${name}`,
    describe,
    value: undefined,
  };
}

function valueFor(name: string, { choices }: Declared): Value {
  if (choices !== undefined) return { kind: 'choice', choices };
  return { kind: KINDS[name] ?? 'file' };
}
