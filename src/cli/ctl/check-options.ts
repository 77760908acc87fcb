import type { Argv } from 'yargs';
import { SEVERITIES, type Severity } from '../../check/finding.js';
import { CONFIG, FILTERS, once } from './policy-options.js';

export type Format = 'text' | 'json' | 'sarif';

export interface Options {
  readonly config: string;
  readonly filters: readonly string[] | undefined;
  readonly format: Format | undefined;
  readonly json: boolean;
  readonly 'fail-on': Severity | 'never';
  readonly baseline: string | undefined;
  readonly 'write-baseline': string | undefined;
  readonly trust: boolean;
  readonly checkout: boolean;
  readonly user: string | undefined;
  /** False: leave them out. */
  readonly modules: string | false | undefined;
}

export function checkOptions(yargs: Argv): Argv<Options> {
  return yargs
    .usage('Usage: tsrootwrapctl check CONFIG [OPTION...]')
    .positional('config', CONFIG)
    .option('filters', FILTERS)
    .option('format', {
      choices: ['text', 'json', 'sarif'] as const,
      requiresArg: true,
      coerce: once<Format | undefined>('format'),
      describe: 'text for people, json for programs, sarif for code hosts',
    })
    .option('json', { type: 'boolean', default: false, describe: 'The same as --format json' })
    .option('fail-on', {
      choices: [...SEVERITIES, 'never'] as const,
      default: 'high' as const,
      requiresArg: true,
      coerce: once<Severity | 'never'>('fail-on'),
      describe: 'The least severity that exit code 1 is for',
    })
    .option('baseline', {
      type: 'string',
      requiresArg: true,
      coerce: once<string | undefined>('baseline'),
      describe: 'A file of known findings, which are not reported',
    })
    .option('write-baseline', {
      type: 'string',
      requiresArg: true,
      conflicts: 'baseline',
      coerce: once<string | undefined>('write-baseline'),
      describe: 'Write all that is found to this file, as known findings',
    })
    .option('trust', {
      type: 'boolean',
      default: true,
      describe: 'Look at owners and modes, and who may start the engine; --no-trust does not',
    })
    .option('checkout', {
      type: 'boolean',
      default: false,
      describe: 'Judge the files alone, not this machine: for a checkout in CI',
    })
    .option('user', {
      type: 'string',
      requiresArg: true,
      coerce: once<string | undefined>('user'),
      describe: "Look at this user's lines in sudoers (sudo -l -U)",
    })
    .option('modules', {
      type: 'string',
      requiresArg: true,
      coerce: once<string | false | undefined>('modules'),
      describe:
        'The directory of the privileged modules, in the place of privileged_modules; they are ' +
        'loaded. --no-modules leaves them out',
    })
    .example(
      'tsrootwrapctl check etc/rootwrap.conf --checkout --filters etc/rootwrap.d --format sarif',
      'Judge what a repository holds before it is installed',
    )
    .epilog(
      'Exit codes: 0 nothing as bad as --fail-on, 1 findings as bad as that, 2 wrong usage, ' +
        '97 the engine would refuse the configuration (what can be told is reported).',
    );
}
