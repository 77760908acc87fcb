import type { Rule } from '../rules.js';

/** The kinds of findings about privileged modules, and about what rootwrap.conf says of contexts. */
export const PRIVILEGED_RULES = {
  'privileged-load': {
    title: 'The privileged modules cannot be loaded',
    help: 'The helper would not start either: no function of any context can be called.',
  },
  'privileged-no-schema': {
    title: 'A privileged function says nothing about its arguments',
    help: 'The helper refuses to start with it. Write a schema for each argument, and `{}` for none.',
  },
  'privileged-bad-schema': {
    title: 'The schema of a privileged function cannot be used',
    help: 'The helper refuses to start with it. Mend what the finding names.',
  },
  'privileged-free-path': {
    title: 'An argument that names a file or a program takes any text',
    help:
      'Whoever controls the service chooses any file that the helper reaches. Take the name of a ' +
      'thing and make the path in the function; or give the argument an enum, or a pattern from `^` ' +
      'to `$` without `/` and without names of dots.',
  },
  'privileged-path-escape': {
    title: 'A pattern for a path lets words out of its directory',
    help:
      'The pattern takes a word that climbs by `..`, or that names a file of the system. Leave out ' +
      'the slash, and names of dots only.',
  },
  'privileged-any-write': {
    title: 'A function writes what it is given where it is told to',
    help:
      'A write of any file is root by another name: nothing is left for the function to decide. Fix ' +
      'the file in the function, and take only what may differ in it.',
  },
  'privileged-dots': {
    title: 'A pattern takes a word of dots',
    help:
      'Where such a word becomes a name in a path it leads one level up, or further where a slash ' +
      'may follow. Put `(?!\\.\\.?$)` behind the `^` for names, or leave the dot out.',
  },
  'privileged-free-string': {
    title: 'An argument takes any text',
    help:
      'It may be a path, an option, a line end. Write down the form that it has: an enum, or a ' +
      'pattern from `^` to `$`.',
  },
  'privileged-unanchored': {
    title: 'A pattern does not bound the word',
    help: "JavaScript's patterns match anywhere in a word. Begin each with `^` and end it with `$`.",
  },
  'privileged-slow-pattern': {
    title: 'A short word can keep the helper busy for ever',
    help:
      'A repetition inside a repetition can be split up in too many ways, and nothing else is ' +
      'served meanwhile. Repeat one set of characters instead, or set maxLength.',
  },
  'privileged-option': {
    title: 'An argument of a command may be an option',
    help: 'The pattern takes a word that starts with `-`. Leave it out, or pass `--` in front.',
  },
  'privileged-long-array': {
    title: 'An array may have any number of items',
    help: 'One call keeps the helper busy for as many as fit into a message. Set maxItems.',
  },
  'privileged-name': {
    title: 'The name of a privileged function does not end in Privileged',
    help: 'Who reads a call should see that it leaves the service. Rename the export.',
  },
  'privileged-plain-function': {
    title: 'A function is called privileged and is not',
    help:
      'It was not made by entrypoint, so it runs in the service, without privileges and without a ' +
      'schema. Make it an entrypoint, or rename it.',
  },
  'privileged-wide-context': {
    title: 'A context holds what is as good as root, or nearly',
    help:
      'Any mistake in its functions gives that away. Take the narrowest capability that does, and a ' +
      'user of its own.',
  },
  'privileged-many-capabilities': {
    title: 'A context gathers capabilities',
    help:
      'A mistake in one function gives away what the others need. Three are seldom needed for one ' +
      'purpose: declare a context for each purpose.',
  },
  'privileged-empty-context': {
    title: 'A context has no functions',
    help: 'Nothing can be called in it. Remove it, or export its functions.',
  },
  'privileged-section': {
    title: 'A section of rootwrap.conf is about no context',
    help: 'It has keys of one, but no module declares a context of this name, so it does nothing.',
  },
  'privileged-bad-section': {
    title: 'A section of rootwrap.conf cannot be used for the context of its name',
    help: 'The helper of this context refuses to start until it is mended.',
  },
  'privileged-override': {
    title: 'rootwrap.conf gives a context more than its module asks for',
    help: 'The functions were written for less. Leave it out unless one of them fails without it.',
  },
  'privileged-no-start': {
    title: 'No filter starts the helper of a context',
    help:
      'A service that starts it through sudo is refused. With a root parent or systemd no filter is ' +
      'needed.',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type PrivilegedRule = keyof typeof PRIVILEGED_RULES;
