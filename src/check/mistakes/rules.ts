/** A kind of finding, for those who look one up. */
export interface Rule {
  readonly title: string;
  /** Why it matters, and what to do. */
  readonly help: string;
}

/** What can be wrong with a rule other than that it gives away too much. */
export const MISTAKE_RULES = {
  'engine-refuses': {
    title: 'Nothing runs: the engine stops at this line',
    help: 'tsrootwrap ends with exit code 97 for every command until this is mended.',
  },
  'config-warning': {
    title: 'A setting that is probably not what was meant',
    help: 'rootwrap.conf splits its lists at the commas and keeps blanks around them as part of the names.',
  },
  'no-filters': {
    title: 'There are no filters',
    help: 'No filter file was found, or none has a line, so every command is refused.',
  },
  'missing-directory': {
    title: 'A directory of filters_path does not exist',
    help: 'It is skipped silently. Remove it, unless it belongs to a package that is not installed here.',
  },
  'unknown-class': {
    title: 'There is no such filter class',
    help: 'The line is skipped with a warning: what it should allow is refused.',
  },
  'repeated-name': {
    title: 'Two lines of one file have the same name',
    help: 'The last one counts, and the others are lost silently. Give each line its own name.',
  },
  'too-long': {
    title: 'The line is too long to be judged',
    help: 'No line that people can check is this long. Nothing else is said about its words.',
  },
  'joined-lines': {
    title: 'Two lines were read as one',
    help: 'An indented line continues the value above it. Start each filter at the first column, and end the lines of a long filter with commas.',
  },
  'inline-comment': {
    title: 'A comment behind a value belongs to the value',
    help: 'Only a line that starts with # or ; is a comment. Put it on a line of its own.',
  },
  'split-pattern': {
    title: 'A comma cut a pattern in two',
    help: 'Values are split at every comma. Write [0-9][0-9]?[0-9]? for [0-9]{1,3}, and \\x2c for a comma.',
  },
  'bad-pattern': {
    title: 'The pattern does not compile, so it matches nothing',
    help: "Patterns are in the syntax of Python's re. Python would refuse this one too.",
  },
  'unsupported-pattern': {
    title: 'Python knows this syntax, tsrootwrap does not: it matches nothing',
    help: 'rootwrap.conf(5) lists what is not supported and what to write instead.',
  },
  'posix-class': {
    title: 'A POSIX class such as [[:alpha:]] means something else in Python',
    help: 'Python reads a set of the characters [ : a l p h, and a ] behind it. Write the range: [A-Za-z].',
  },
  'glob-pattern': {
    title: 'A shell pattern where a regular expression is read',
    help: 'In a regular expression * repeats what stands before it: /srv/* takes slashes and nothing else.',
  },
  'slow-pattern': {
    title: 'A short word can keep the pattern busy for ever',
    help: 'A repetition inside a repetition can be split up in too many ways. Repeat one set of characters instead.',
  },
  'odd-range': {
    title: 'A range of characters that was surely not meant',
    help: 'Between the two ends lie characters of other kinds. Put a - that is meant as such at the end of the set.',
  },
  'empty-pattern': {
    title: 'A comma at the end adds an empty word',
    help: 'Then the command needs an empty word at its end. Remove the comma.',
  },
  'never-matches': {
    title: 'The filter can match no command',
    help: 'The line has no effect. Mend it or remove it.',
  },
  'behind-env-filter': {
    title: 'An EnvFilter in front of this line takes the word env off',
    help: 'The first EnvFilter does that for itself and all behind it, so that only a command with env twice comes to this line. Put it before the first EnvFilter of all files.',
  },
  'pattern-as-text': {
    title: 'A pattern where text is compared',
    help: 'PathFilter and ReadFileFilter know no patterns: only this very text matches.',
  },
  'any-path': {
    title: 'A constraint that takes every absolute path',
    help: 'Everything lies below /. Name the directory that is meant, or write pass.',
  },
  'relative-path': {
    title: 'A path that does not start at /',
    help: 'It is compared as text, and what it leads to depends on the directory of the caller.',
  },
  'odd-program': {
    title: 'The program of the filter cannot be found as it is written',
    help: 'Write an absolute path, or a name without a slash, which is looked for in exec_dirs.',
  },
  'odd-user': {
    title: 'This cannot be the name of a user',
    help: 'A matching command ends with exit code 97. Class, program, user is the order of most filters.',
  },
  'other-name': {
    title: 'The caller must use another name than that of the program',
    help: 'The first pattern stands for the name that the caller gives, not for the first argument.',
  },
  'ignored-arguments': {
    title: 'Words of the line that nothing looks at',
    help: 'The class knows no such words, so all arguments are allowed. RegExpFilter compares each word.',
  },
  'not-compared': {
    title: 'EnvFilter counts these words and does not compare them',
    help: 'Only the names of the variables and the program are compared. RegExpFilter compares each word.',
  },
  'env-without-program': {
    title: 'The EnvFilter names no program, so env itself is the program',
    help: 'env runs whatever it is given. Write the program behind the variables.',
  },
  'kill-interpreter': {
    title: 'Signals to everything that the interpreter runs',
    help: 'The filter sees the interpreter and not the script: every such process of every user can be hit.',
  },
  'unknown-signal': {
    title: 'There is no such signal',
    help: 'Signals are spelled as options of kill: -9, -HUP.',
  },
  shadowed: {
    title: 'An earlier line takes the same commands',
    help: 'The first filter that matches decides, so this line never does.',
  },
  widened: {
    title: 'A later line takes the same commands and more',
    help: 'What this line refuses the other one allows: it narrows nothing.',
  },
  'missing-executable': {
    title: 'The program is not there',
    help: 'A matching command ends with exit code 96. Other machines may have it.',
  },
  'linked-program': {
    title: 'No process runs under this name',
    help: 'A KillFilter compares the program that the kernel tells, after all symbolic links.',
  },
  'exchangeable-path': {
    title: 'A directory that others can change, for a program that may not have such',
    help: 'Somebody but root could exchange a path in it, or put a link into it, and the program is not known to work with that: rootwrap.conf(5) lists those that are. The engine refuses every such command.',
  },
  'deep-path': {
    title: 'A recursive program on a directory below which others can put links',
    help: 'The engine judges the path, and not what lies below it. Who owns a directory there can exchange names in it for links while the program goes through it.',
  },
  'unknown-user': {
    title: 'The user does not exist',
    help: 'A matching command ends with exit code 97. Other machines may have the user.',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type MistakeRule = keyof typeof MISTAKE_RULES;
