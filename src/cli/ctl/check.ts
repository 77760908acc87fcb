import { resolve } from 'node:path';
import { compare, type KnownFinding, knownFindings } from '../../check/baseline.js';
import { BaselineError, readBaseline, writeBaseline } from '../../check/baseline-file.js';
import { checkPolicy, refusal } from '../../check/check-policy.js';
import { atLeast } from '../../check/finding.js';
import { type IdentifiedFinding, identify } from '../../check/fingerprint.js';
import { filesOf, type Modules } from '../../check/privileged/modules.js';
import { readModules } from '../../check/privileged/read-modules.js';
import { type Report, reportAsJson } from '../../check/report.js';
import { repositoryRoot } from '../../check/repository-root.js';
import { toSarif } from '../../check/sarif.js';
import { ConfigError } from '../../config/config-error.js';
import { Policy } from '../../policy/policy.js';
import { type PolicySource, readPolicySource } from '../../policy/policy-source.js';
import type { Terminal } from '../../terminal/terminal.js';
import { EXIT } from '../exit-codes.js';
import { checkOptions, type Format, type Options } from './check-options.js';
import { printReport } from './check-text.js';
import { CTL_EXIT, type Subcommand, UserError } from './subcommand.js';

/** `tsrootwrapctl check CONFIG`: what a policy gives away, and what to write instead. */
export const check: Subcommand<Options> = {
  command: 'check <config>',
  describe: 'Find what a policy gives away, and say what to write instead',
  builder: checkOptions,
  run: async (options, terminal) => {
    const format = formatOf(options);
    if (options.user !== undefined && (options.checkout || !options.trust)) {
      throw new UserError('--user is about this machine: leave out --checkout and --no-trust');
    }
    if (options.modules === '') throw new UserError('--modules is empty: write a directory');
    if (options.user === '') throw new UserError('--user is empty: write the name of a user');
    terminal.progress(`judging ${options.config} ...`);
    const report = await reportOn(options, terminal);
    if (format === 'json') terminal.printJson(reportAsJson(report));
    else if (format === 'sarif') terminal.printJson(toSarif(report.findings, repositoryRoot()));
    else printReport(report, terminal);
    tellOnStandardError(report, options, terminal);
    return statusFor(report, options['fail-on']);
  },
};

function formatOf({ format, json }: Options): Format {
  if (json && format !== undefined && format !== 'json') {
    throw new UserError(`--json and --format ${format} are two formats; give one`);
  }
  return json ? 'json' : (format ?? 'text');
}

async function reportOn(options: Options, terminal: Terminal): Promise<Report> {
  try {
    const baseline = options.baseline === undefined ? [] : readBaseline(options.baseline);
    const found = await findAll(options, terminal);
    const file = options['write-baseline'];
    const known = file === undefined ? baseline : written(file, found.findings);
    return { ...found, ...compare(found.findings, known) };
  } catch (error) {
    if (error instanceof BaselineError) throw new UserError(error.message);
    throw error;
  } finally {
    terminal.progress('');
  }
}

type Found = Omit<Report, 'known' | 'gone'>;

async function findAll(given: Options, terminal: Terminal): Promise<Found> {
  const { config, filters, trust, checkout, user } = given;
  const source = read(config, filters);
  if (source instanceof ConfigError) {
    const nothing = { path: config, config: undefined, files: [config], definitions: [] };
    const findings = identify([refusal(source)], nothing);
    return { findings, files: 0, filters: 0, refusal: source.message };
  }
  const modules = await modulesOf(source, given, terminal);
  const named = [...source.files, ...(modules === undefined ? [] : filesOf(modules))];
  const options = {
    trust: trust && !checkout,
    machine: !checkout,
    ...(user !== undefined && { user }),
    ...(modules !== undefined && { modules }),
  };
  const isInstalled = options.trust && filters === undefined && source.config !== undefined;
  return {
    findings: identify(checkPolicy(source, options), { ...source, files: named }),
    files: source.files.length,
    filters: source.policy.filters.length,
    refusal: source.problems[0]?.message ?? (isInstalled ? refusalOf(config) : undefined),
  };
}

/** What they write when they are loaded is no finding: it goes to standard error. */
async function modulesOf(
  { config }: PolicySource,
  { modules }: Options,
  terminal: Terminal,
): Promise<Modules | undefined> {
  if (modules === false) return undefined;
  const directory = modules === undefined ? config?.privilegedModules : resolve(modules);
  if (directory === undefined) return undefined;
  return readModules(directory, (text) => {
    for (const line of text.trimEnd().split('\n')) {
      terminal.complain(`tsrootwrapctl: a module in ${directory} says: ${line}`);
    }
  });
}

/** Why the engine itself, run by this user, stops at it: for root it asks who owns the files. */
function refusalOf(config: string): string | undefined {
  try {
    Policy.load(config);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** What cannot be read at all is a finding like others, so that every format can tell it. */
function read(config: string, filters: readonly string[] | undefined): PolicySource | ConfigError {
  try {
    return readPolicySource(config, filters);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function written(file: string, found: readonly IdentifiedFinding[]): KnownFinding[] {
  const known = knownFindings(found);
  writeBaseline(file, known);
  return known;
}

/** What a program that reads standard output should not have to pick out of it. */
function tellOnStandardError(report: Report, options: Options, terminal: Terminal): void {
  const file = options['write-baseline'];
  if (file !== undefined) {
    const known = report.known === 1 ? '1 finding is' : `${report.known} findings are`;
    terminal.complain(`tsrootwrapctl: ${known} now known by ${file}`);
  }
  if (report.refusal !== undefined) {
    terminal.complain(`tsrootwrapctl: ${report.refusal}`);
    terminal.complain('tsrootwrapctl: the engine would refuse this policy, with exit code 97');
  }
}

/** What the exit status says about a report. */
export function statusFor({ findings, refusal }: Report, failOn: Options['fail-on']): number {
  if (refusal !== undefined) return EXIT.badConfig;
  const fails = failOn !== 'never' && findings.some(({ severity }) => atLeast(severity, failOn));
  return fails ? CTL_EXIT.no : CTL_EXIT.ok;
}
