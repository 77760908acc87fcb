import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../config/config-error.js';
import { parseConfig } from '../config/configparser.js';
import {
  type ConfigWarning,
  parseRootwrapConf,
  type RootwrapConf,
} from '../config/rootwrap-conf.js';
import { ANY_OWNER, listTrustedDirectory, readTrustedFile } from '../config/trusted-file.js';
import type { Filter } from './filters/filter.js';
import {
  createFilter,
  type Definition,
  parseDefinitions,
  privsepHelper,
  unknownClass,
} from './load-filters.js';
import { Policy } from './policy.js';

/** A line of a filter file, and the filter that it makes; none when the class is unknown or it is broken. */
export interface DefinedFilter extends Definition {
  readonly filter?: Filter;
}

/** A line that counts for nothing, since a later one of its file has the same name. */
export interface LostDefinition extends Definition {
  readonly by: Definition;
}

/**
 * A policy with all that its files say, for those who judge policies: files need not be installed
 * or root's, and reading goes on after a line at which the engine would stop. Nothing may run by it.
 */
export interface PolicySource {
  /** As it was given. */
  readonly path: string;
  /** Absent when the path is a directory of filter files, or one of these. */
  readonly config: RootwrapConf | undefined;
  /** The files that were read: the configuration first, then the filter files. */
  readonly files: readonly string[];
  /** The directories and files in which filters were looked for, whether they exist or not. */
  readonly places: readonly string[];
  /** Every line of every filter file, in the engine's order. */
  readonly definitions: readonly DefinedFilter[];
  readonly lost: readonly LostDefinition[];
  /** The filters of those, and the one that is always there. */
  readonly policy: Policy;
  /** What the engine would stop at, with exit code 97, other than owners and modes. */
  readonly problems: readonly ConfigError[];
}

/**
 * Reads the policy of a rootwrap.conf, of a directory of filter files, or of one filter file.
 *
 * @param filtersPath directories or files that take the place of filters_path: where the filters of
 * a configuration lie before they are installed
 * @throws ConfigError when the path cannot be read, or what it names is no configuration
 */
export function readPolicySource(path: string, filtersPath?: readonly string[]): PolicySource {
  const config = isFilters(path) ? undefined : readConfig(path);
  const problems: ConfigError[] = [];
  const places = filtersPath ?? config?.filtersPath ?? [path];
  const texts = places.flatMap((place) => readPlace(place, problems));
  const lost: LostDefinition[] = [];
  const definitions = texts.flatMap(({ path, text }) => define(path, text, problems, lost));
  const filters = definitions.flatMap(({ filter }) => filter ?? []);
  if (config?.privsepHelper) filters.push(privsepHelper());
  const warnings = definitions
    .filter(({ filter, broken }) => filter === undefined && !broken)
    .map(({ source }): ConfigWarning => unknownClass(source));
  return {
    path,
    config,
    files: [...(config === undefined ? [] : [config.file]), ...texts.map(({ path }) => path)],
    places,
    definitions,
    lost,
    policy: Policy.of(config ?? filtersOnly(path), { filters, warnings }),
    problems,
  };
}

/**
 * The policy of a filter file that is not written yet.
 *
 * @param path named in what is said of it, not opened
 */
export function policySourceOf(text: string, path: string): PolicySource {
  const problems: ConfigError[] = [];
  const lost: LostDefinition[] = [];
  const definitions = define(path, text, problems, lost);
  const filters = definitions.flatMap(({ filter }) => filter ?? []);
  const policy = Policy.of(filtersOnly(path), { filters, warnings: [] });
  const files = [path];
  return { path, config: undefined, files, places: files, definitions, lost, policy, problems };
}

/** Owners are for those to judge who ask for this. */
function readConfig(path: string): RootwrapConf {
  return parseRootwrapConf(readTrustedFile(path, ANY_OWNER), path);
}

/** A directory, or a file with a section of filters and no filters_path. */
function isFilters(path: string): boolean {
  if (lookAt(path)?.isDirectory()) return true;
  try {
    const config = parseConfig(readTrustedFile(path, ANY_OWNER), path, { strict: false });
    return config.items('Filters') !== undefined && config.default('filters_path') === undefined;
  } catch (error) {
    if (error instanceof ConfigError) return false; // to be told as an error of a configuration
    throw error;
  }
}

function readPlace(place: string, problems: ConfigError[]): { path: string; text: string }[] {
  try {
    const files = listTrustedDirectory(place, ANY_OWNER);
    if (files !== undefined) return [...files];
    if (!lookAt(place)?.isFile()) return [];
    return [{ path: place, text: readTrustedFile(place, ANY_OWNER) }];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error);
    return [];
  }
}

/** Undefined where nothing can be found: whoever reads it then says why. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

interface MaybeBroken extends DefinedFilter {
  /** The engine would stop at it. */
  readonly broken: boolean;
}

function define(
  path: string,
  text: string,
  problems: ConfigError[],
  lost: LostDefinition[],
): MaybeBroken[] {
  return definitionsOf(path, text, problems, lost).map((definition) => {
    try {
      const filter = createFilter(definition);
      return { ...definition, ...(filter && { filter }), broken: false };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(error);
      return { ...definition, broken: true };
    }
  });
}

function definitionsOf(
  path: string,
  text: string,
  problems: ConfigError[],
  lost: LostDefinition[],
): Definition[] {
  try {
    return parseDefinitions(text, path, (definition, by) => lost.push({ ...definition, by }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(error);
    return [];
  }
}

/** The settings of filters without a configuration: what an empty one says. */
function filtersOnly(path: string): RootwrapConf {
  const text = '[DEFAULT]\nfilters_path =\nprivsep_helper = false\n';
  const config = parseRootwrapConf(text, `${dirname(path)}/rootwrap.conf`);
  return { ...config, filtersPath: [path], warnings: [] };
}
