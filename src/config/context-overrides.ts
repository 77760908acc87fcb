import { type Capability, isCapability } from '../privileged/contexts/capabilities.js';
import { isAccount } from '../privileged/contexts/declaration.js';
import { isMaxResult, MAX_RESULT, MIN_RESULT } from '../privileged/contexts/result-limits.js';
import { ConfigError } from './config-error.js';
import type { Entry } from './configparser.js';
import { pythonTrim } from './python-whitespace.js';
import { quote } from './quote.js';
import type { RootwrapConf } from './rootwrap-conf.js';
import { booleanOf, wrongValue } from './values.js';

/** What the operator says about a context in place of what its module says. Absent: the module's. */
export interface ContextOverrides {
  readonly user?: string | number;
  readonly group?: string | number;
  readonly groups?: readonly (string | number)[];
  readonly capabilities?: readonly Capability[];
  /** Bytes; the module's where that is less. */
  readonly maxResult?: number;
  /** Whether errors carry their stacks to the service. */
  readonly debug?: boolean;
}

/** Where a section of rootwrap.conf stands, and what it holds itself. */
type Section = Pick<RootwrapConf, 'file' | 'sections'>;

/** How a key's value is read. @throws {ConfigError} */
type Read = (conf: Section, entry: Entry) => unknown;

const READ: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['user', (conf, entry) => account(conf, entry, entry.value, 'the name or number of a user')],
  ['group', (conf, entry) => account(conf, entry, entry.value, 'the name or number of a group')],
  ['groups', groups],
  ['capabilities', capabilities],
  ['max_result', maxResult],
  ['debug', booleanOf],
]);

/** Where it has another name than its key. */
const OPTIONS: ReadonlyMap<string, keyof ContextOverrides> = new Map([['max_result', 'maxResult']]);

/**
 * The section of rootwrap.conf that has a context's name. The keys of `[DEFAULT]`, which hold in each
 * section of the dialect, do not count.
 *
 * @throws {ConfigError} for an unknown key or a value that breaks its key's rule
 */
export function contextOverrides(conf: Section, context: string): ContextOverrides {
  const overrides: Record<string, unknown> = {};
  for (const entry of conf.sections.get(context) ?? []) {
    const read = READ.get(entry.key);
    if (read === undefined) {
      throw new ConfigError(
        conf.file,
        entry.line,
        `there is no key ${quote(entry.key)} for context ${context}; write one of ${[...READ.keys()].join(', ')}, or remove it`,
      );
    }
    overrides[OPTIONS.get(entry.key) ?? entry.key] = read(conf, entry);
  }
  return overrides;
}

function groups(conf: Section, entry: Entry): readonly (string | number)[] {
  const instead = 'names or numbers of groups with commas between them, or nothing for none';
  return listed(entry).map((word) => account(conf, entry, word, instead));
}

function capabilities(conf: Section, entry: Entry): readonly Capability[] {
  return listed(entry).map((word) => {
    if (isCapability(word)) return word;
    throw new ConfigError(
      conf.file,
      entry.line,
      `there is no capability ${quote(word)}; write names as capabilities(7) does, such as CAP_NET_ADMIN, with commas between them, or nothing for none`,
    );
  });
}

function maxResult(conf: Section, entry: Entry): number {
  const value = /^\d+$/.test(entry.value) ? Number(entry.value) : undefined;
  if (isMaxResult(value)) return value;
  throw wrongValue(conf, entry, `a number of bytes from ${MIN_RESULT} to ${MAX_RESULT}`);
}

/** The words between the commas, without blanks; none for an empty value. */
function listed({ value }: Entry): string[] {
  return value === '' ? [] : value.split(',').map(pythonTrim);
}

/** Digits alone are a number, as everywhere else that accounts are named. */
function account(conf: Section, entry: Entry, word: string, instead: string): string | number {
  const value = /^\d{1,10}$/.test(word) ? Number(word) : word;
  if (isAccount(value)) return value;
  throw wrongValue(conf, entry, instead);
}
