import { ipException } from './ip-reading.js';
import type { Item, Taken } from './oslo-peer.js';
import { signalSpelling } from './signal-spelling.js';

/** Rows of docs/compatibility.md by which a decision may differ. */
export const IDS = [
  'chaining-no-pattern', 'env-once', 'env-twice', 'executable-file', 'inner-kill', 'inner-path',
  'inner-plan', 'ip-bpf', 'ip-files', 'ip-messages', 'ip-programs', 'ip-unknown-object', 'ip-unknown-option', 'kill-deleted', 'kill-pid', 'kill-signal-name',
  'netns-name', 'not-utf8', 'nul-byte', 'oslo-crashes', 'path-filled', 'path-loop', 'path-new-name', 'path-prefix',
  'path-program', 'pattern-unsupported', 'search-path', 'whole-word',
] as const; // biome-ignore format: a table

export type Id = (typeof IDS)[number];

/** What tsrootwrap should say: what oslo.rootwrap does, less the exceptions. */
export interface Expected {
  readonly outcome: 'allowed' | 'not-executable' | 'denied';
  readonly filter?: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The rows of docs/compatibility.md that were needed on the way. */
  readonly ids: ReadonlySet<Id>;
}

interface Found {
  readonly item: Taken;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Walks through the filters that oslo.rootwrap would take, in their order, leaving out those that
 * an exception speaks against. An exception that holds must be obeyed: the first filter left is
 * exactly what tsrootwrap has to answer.
 */
export function expected(argv: readonly string[], trace: readonly Item[]): Expected {
  const ids = new Set<Id>();
  const unfit = argv.some((word) => word.includes('\0'))
    ? 'nul-byte'
    : argv.some((word) => /\p{Surrogate}/u.test(word)) && 'not-utf8';
  if (unfit) return { outcome: 'denied', ids: ids.add(unfit) };
  const { found, missing } = walk(trace, ids);
  if (found !== undefined) {
    const { item, command, environment } = found;
    return { outcome: 'allowed', filter: item.name, user: item.user, command, environment, ids };
  }
  return missing === undefined
    ? { outcome: 'denied', ids }
    : { outcome: 'not-executable', filter: missing.name, ids };
}

function walk(trace: readonly Item[], ids: Set<Id>): { found?: Found; missing?: Taken } {
  let missing: Taken | undefined;
  for (const item of trace) {
    if (!item.matched) {
      ids.add(crashId(item));
      continue;
    }
    const crashes = item.inner?.items.filter(({ crash }) => crash !== null) ?? [];
    if (item.inner?.crashed) for (const inner of crashes) ids.add(crashId(inner));
    const id = exception(item);
    if (id !== undefined) {
      ids.add(id);
      continue;
    }
    if (item.crash !== null) ids.add(crashId(item));
    const inner = item.inner && innerOf(item, ids);
    if (item.inner !== undefined && inner === undefined) continue;
    if (item.file !== item.executable) ids.add('executable-file');
    if (item.file === null) {
      missing ??= item;
      continue;
    }
    // none of this suite's programs is one of the system's
    if (item.paths?.some(({ exchangeable }) => exchangeable)) {
      ids.add('path-program');
      continue;
    }
    if (item.paths?.some(({ filled }) => filled)) {
      ids.add('path-filled');
      continue;
    }
    const [, ...args] = item.command;
    return {
      found: {
        item,
        command: [item.file, ...(inner === undefined ? args : inner.command)],
        environment: inner === undefined ? item.environment : inner.environment,
      },
    };
  }
  return missing === undefined ? {} : { missing };
}

function crashId({ filter_class }: Item): Id {
  return filter_class === 'KillFilter' ? 'kill-deleted' : 'oslo-crashes';
}

/** The words behind the outer program: the prefix as it was given, then the inner filter's plan. */
function innerOf(
  { inner }: Taken,
  ids: Set<Id>,
): Pick<Found, 'command' | 'environment'> | undefined {
  const { prefix = [], items = [] } = inner ?? {};
  const { found } = walk(items, ids);
  if (found === undefined) return undefined;
  if (found.item.filter_class === 'KillFilter') {
    ids.add('inner-kill');
    return undefined;
  }
  ids.add('inner-plan');
  return { command: [...prefix, ...found.command], environment: found.environment };
}

/** The row of docs/compatibility.md by which tsrootwrap must not take this filter. */
function exception(item: Taken): Id | undefined {
  if (item.envs > 1) return 'env-once';
  if (item.byPathToo === false) return 'inner-path';
  switch (item.filter_class) {
    case 'RegExpFilter':
      return patternException(item);
    case 'ChainingRegExpFilter':
      return item.patterns?.length === 0 ? 'chaining-no-pattern' : patternException(item);
    case 'PathFilter':
      return pathException(item);
    case 'KillFilter':
      return killException(item);
    case 'IpFilter':
      return ipException(item.words.slice(1));
    case 'IpNetnsExecFilter':
      return isNamespaceName(item.words[3] ?? '') ? undefined : 'netns-name';
    case 'EnvFilter':
      return environmentWordCount(item) ? undefined : 'env-twice';
    default:
      return undefined;
  }
}

function patternException({ patterns = [] }: Taken): Id | undefined {
  if (patterns.some(({ full }) => full !== true)) return 'whole-word';
  // possessive, atomic, conditional, by name, and a reference that ignores case
  const unsupported = /[*+?}]\+|\(\?>|\(\?\(|\\N\{|\(\?i\).*\\1/;
  return patterns.some(({ source }) => unsupported.test(source))
    ? 'pattern-unsupported'
    : undefined;
}

function pathException({ paths = [] }: Taken): Id | undefined {
  for (const { constraint, real, exists, loop, exchangeable } of paths) {
    if (loop) return 'path-loop';
    const below = constraint.endsWith('/') ? constraint : `${constraint}/`;
    if (real !== constraint && !real.startsWith(below)) return 'path-prefix';
    if (!exists && exchangeable) return 'path-new-name';
  }
  return undefined;
}

function killException({ words, program = '', byPath }: Taken): Id | undefined {
  const [, signal = '', pid] = words.length === 3 ? words : ['kill', '-TERM', words[1]];
  if (!signalSpelling.test(signal)) return 'kill-signal-name';
  if (!/^[1-9][0-9]*$/.test(pid ?? '')) return 'kill-pid';
  // the one directory of PATH in this suite that others may write to
  const loose = program.includes('/loose/') && process.geteuid?.() === 0;
  return !byPath && loose ? 'search-path' : undefined;
}

function isNamespaceName(name: string): boolean {
  return !['', '.', '..'].includes(name) && !name.includes('/');
}

/** A variable given twice makes oslo.rootwrap count words and names differently. */
function environmentWordCount({ words }: Taken): boolean {
  const end = words.findIndex((word) => !word.includes('='));
  const leading = words.slice(0, end === -1 ? words.length : end);
  return new Set(leading.map((word) => word.split('=')[0])).size === leading.length;
}
