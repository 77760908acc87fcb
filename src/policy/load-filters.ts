import { ConfigError } from '../config/config-error.js';
import { type Entry, parseConfig } from '../config/configparser.js';
import { pythonTrim } from '../config/python-whitespace.js';
import type { ConfigWarning, RootwrapConf } from '../config/rootwrap-conf.js';
import { listTrustedDirectory } from '../config/trusted-file.js';
import { ChainingFilter } from './filters/chaining-filter.js';
import { ChainingRegExpFilter } from './filters/chaining-regexp-filter.js';
import { CommandFilter } from './filters/command-filter.js';
import { EnvFilter } from './filters/env-filter.js';
import type { Filter, FilterSource } from './filters/filter.js';
import { IpFilter } from './filters/ip-filter.js';
import { IpNetnsExecFilter } from './filters/ip-netns-exec-filter.js';
import { KillFilter } from './filters/kill-filter.js';
import { PathFilter } from './filters/path-filter.js';
import { ReadFileFilter } from './filters/read-file-filter.js';
import { RegExpFilter } from './filters/regexp-filter.js';

interface FilterClass {
  /** The arguments it cannot do without, in the words of the documentation. */
  readonly needs: readonly string[];
  readonly create: new (source: FilterSource, definition: readonly string[]) => Filter;
}

const CLASSES: ReadonlyMap<string, FilterClass> = new Map([
  ['CommandFilter', { needs: ['exec', 'user'], create: CommandFilter }],
  ['RegExpFilter', { needs: ['exec', 'user'], create: RegExpFilter }],
  ['PathFilter', { needs: ['exec', 'user'], create: PathFilter }],
  ['EnvFilter', { needs: ['env', 'user'], create: EnvFilter }],
  ['ReadFileFilter', { needs: ['path'], create: ReadFileFilter }],
  ['KillFilter', { needs: ['user', 'program'], create: KillFilter }],
  ['IpFilter', { needs: ['ip', 'user'], create: IpFilter }],
  ['IpNetnsExecFilter', { needs: ['ip', 'user'], create: IpNetnsExecFilter }],
  ['ChainingRegExpFilter', { needs: ['exec', 'user'], create: ChainingRegExpFilter }],
  ['ChainingFilter', { needs: ['exec', 'user'], create: ChainingFilter }],
]);

const PRIVSEP_HELPER: FilterSource = {
  name: 'privsep-helper',
  className: 'CommandFilter',
  file: '(always there; privsep_helper = false turns it off)',
  line: 0,
};

/** A key of [DEFAULT] is one of every section. */
const FILTER_SECTIONS = ['Filters', 'DEFAULT'];

/** A line of a filter file, before it is known to be a filter. */
export interface Definition {
  readonly source: FilterSource;
  /** What follows the class, split at the commas. */
  readonly words: readonly string[];
}

export interface LoadedFilters {
  readonly filters: readonly Filter[];
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads the filter files of all directories in filters_path: directories in that order, files in
 * the order of their names, filters in the order of their lines.
 *
 * @throws ConfigError for a line that cannot be read, or a file or directory that root does not own
 */
export function loadFilters(
  config: Pick<RootwrapConf, 'filtersPath' | 'privsepHelper'>,
): LoadedFilters {
  const filters: Filter[] = [];
  const warnings: ConfigWarning[] = [];
  for (const directory of config.filtersPath) {
    for (const { path, text } of listTrustedDirectory(directory) ?? []) {
      for (const definition of parseDefinitions(text, path)) {
        const filter = createFilter(definition);
        if (filter !== undefined) filters.push(filter);
        else warnings.push(unknownClass(definition.source));
      }
    }
  }
  if (config.privsepHelper) filters.push(privsepHelper());
  return { filters, warnings };
}

/**
 * The lines of one filter file.
 *
 * @param file named in errors, not opened
 * @param onLost told of each line whose name a later one has too, which then counts alone
 * @throws ConfigError for a line that cannot be read
 */
export function parseDefinitions(
  text: string,
  file: string,
  onLost: (lost: Definition, by: Definition) => void = () => {},
): Definition[] {
  const entries = parseConfig(text, file, {
    strict: false,
    onRepeat: (lost, by, section) => {
      if (FILTER_SECTIONS.includes(section)) {
        onLost(definitionOf(lost, file), definitionOf(by, file));
      }
    },
  }).items('Filters');
  if (entries === undefined) {
    throw new ConfigError(
      file,
      1,
      'there is no section [Filters]: put that line above the filters',
    );
  }
  return entries.map((entry) => definitionOf(entry, file));
}

function definitionOf({ key, value, line }: Entry, file: string): Definition {
  const [className = '', ...words] = value.split(',').map(pythonTrim);
  return { source: { name: key, className, file, line }, words };
}

/**
 * The filter that a line defines; undefined for a class that does not exist.
 *
 * @throws ConfigError when the class needs more than the line has
 */
export function createFilter({ source, words }: Definition): Filter | undefined {
  const { name, className, file, line } = source;
  const known = CLASSES.get(className);
  if (known === undefined) return undefined;
  if (words.length < known.needs.length) {
    throw new ConfigError(
      file,
      line,
      `${className} needs ${known.needs.join(', ')}: write ` +
        `"${name}: ${className}, ${known.needs.join(', ')}" and what else it should check`,
    );
  }
  return new known.create(source, words);
}

/** The classes that a filter file may name. */
export function filterClasses(): readonly string[] {
  return [...CLASSES.keys()];
}

/** The filter that oslo.rootwrap always adds. */
export function privsepHelper(): Filter {
  return new CommandFilter(PRIVSEP_HELPER, ['privsep-helper', 'root']);
}

export function unknownClass({ className, file, line }: FilterSource): ConfigWarning {
  const problem = `Skipping unknown filter class (${className}) specified in filter definitions`;
  return { file, line, problem };
}
