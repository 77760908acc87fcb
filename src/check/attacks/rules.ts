import type { Rule } from '../rules.js';

/** The kinds of findings about what filters give away. */
export const ATTACK_RULES = {
  'free-arguments': {
    title: 'A program with powers takes any arguments',
    help:
      'The filter checks nothing but the name of the program, and with the right arguments that ' +
      'program gives away more than was meant. Write a RegExpFilter with one pattern for each word, ' +
      'or a PathFilter for paths.',
  },
  'loose-pattern': {
    title: 'A pattern takes words that were not meant',
    help:
      'The patterns of the filter take a word with which the program gives away more than was ' +
      'meant: another path through `..`, an option, a file that anybody can make. Say which ' +
      'characters may stand there, and leave `..`, blanks and a `-` at the start out.',
  },
  'loose-path': {
    title: 'A PathFilter reaches what was not meant',
    help:
      'A directory of the PathFilter holds files that should stay out of reach, or files that ' +
      'anybody can make, or `pass` takes a word with which the program gives more away. Name a ' +
      'deeper directory, and the words themselves instead of `pass`.',
  },
  variable: {
    title: 'A variable steers the program',
    help:
      'An EnvFilter compares the names of variables, not their values. The program, or what it ' +
      'loads and runs, trusts this variable. Leave it out; set it in a script that root owns.',
  },
  'kept-variable': {
    title: "A variable of the caller's steers every program",
    help:
      'env_keep of rootwrap.conf hands the variable on whatever its value and whatever the command, ' +
      'and programs trust it: they load code, run programs or read configuration by it. Take it ' +
      "out; for one command that needs it write an EnvFilter, or a script of root's that sets it.",
  },
  'path-escape': {
    title: 'A pattern for paths lets `..` out of its directory',
    help:
      'The pattern starts with a directory, and takes a word that leaves it by `..`. Leave out ' +
      'the slash, or names of dots only, from what may follow the directory; or use a PathFilter, ' +
      'which resolves paths before it compares them.',
  },
  'free-word': {
    title: 'A pattern takes any word',
    help:
      'The pattern says nothing about the word, which may be an option or a path as well. Write ' +
      'down the form that it has.',
  },
  'public-program': {
    title: 'A program lies where others may put theirs',
    help:
      'Everybody may make files in /tmp, and each user in their home directory: whoever makes or ' +
      'exchanges the program has theirs run. Install the program in a directory in which only ' +
      'root can write.',
  },
  'too-complex': {
    title: 'Patterns that check could not judge',
    help:
      'The patterns are so large or so tangled that check could not look at all the words that ' +
      'they take. What it has not found may still be there. Write simpler patterns, or check a ' +
      'large policy file by file.',
  },
  'unknown-program': {
    title: 'A program that check does not know takes any arguments',
    help:
      'Nobody has written down what this program can do with arguments of a caller. Read its ' +
      'manual for options that read, write or run files, and allow the words that are needed.',
  },
} as const satisfies Record<string, Rule>;

export type AttackRule = keyof typeof ATTACK_RULES;
