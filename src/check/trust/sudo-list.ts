import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Not looked for in PATH. */
const PLACES = ['/usr/bin/sudo', '/usr/local/bin/sudo', '/bin/sudo'];

/** Milliseconds: sudo may ask a directory service, or the name server for its host. */
const LONGEST = 20_000;

/** Bytes. */
const LONGEST_OUTPUT = 4 * 1024 * 1024;

/** One line of sudoers as far as it is about this user on this host. */
export interface SudoEntry {
  /** File and line, where sudo tells (1.9.15 and later). */
  readonly source?: string;
  readonly runAsUsers: readonly string[];
  readonly runAsGroups: readonly string[];
  /** As in Defaults: `!authenticate`, `setenv`. */
  readonly options: readonly string[];
  /** As in sudoers, escapes included; `!` in front of what is forbidden. */
  readonly commands: readonly string[];
}

/** What sudo lets a user do. */
export interface SudoList {
  /** `env_reset`, `secure_path=...`: those for this user and host, in order. */
  readonly defaults: readonly string[];
  /** Those for a command or for whom it runs as: what stands behind `Defaults`. */
  readonly bound: readonly string[];
  readonly entries: readonly SudoEntry[];
}

/** The text of `sudo -ll -U USER`, or why there is none. */
export type SudoAnswer = { readonly text: string } | { readonly problem: string };

/** Asks sudo, which only root may about somebody else: it logs and reports everybody else's attempt. */
export function askSudo(user: string): SudoAnswer {
  if (process.geteuid?.() !== 0) return { problem: 'only root may ask what sudo lets others do' };
  const sudo = PLACES.find((place) => existsSync(place));
  if (sudo === undefined) return { problem: 'there is no sudo' };
  const { status, stdout, stderr, error } = spawnSync(sudo, ['-n', '-ll', '-U', user], {
    // lines as wide as they are: sudo folds them for a terminal
    env: { LC_ALL: 'C', COLUMNS: '30000', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    encoding: 'utf8',
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST,
    maxBuffer: LONGEST_OUTPUT,
  });
  if (error !== undefined) return { problem: error.message };
  if (status !== 0) return { problem: stderr.trim().split('\n')[0] ?? `it ended with ${status}` };
  return { text: stdout };
}

/** Reads what `sudo -ll` prints. What is not understood is left out. */
export function parseSudoList(text: string): SudoList {
  const defaults: string[] = [];
  const bound: string[] = [];
  const entries: MutableEntry[] = [];
  let section: 'none' | 'defaults' | 'bound' | 'entry' | 'commands' = 'none';
  for (const line of text.split('\n')) {
    if (line.trim() === '') section = 'none';
    else if (/^Matching Defaults entries for /.test(line)) section = 'defaults';
    else if (/^Runas and Command-specific defaults for /.test(line)) section = 'bound';
    else if (/^User \S+ (?:may run|is not allowed)/.test(line)) section = 'none';
    else if (/^(?:Sudoers entry|\S+ Role):/.test(line)) {
      section = 'entry';
      entries.push(newEntry(line));
    } else if (section === 'defaults') defaults.push(...settings(line));
    else if (section === 'bound') addBound(bound, line);
    else if (section === 'commands' && line.startsWith('\t')) {
      entries.at(-1)?.commands.push(line.trim());
    } else if (section === 'commands' && line.startsWith('        ')) {
      const { commands } = entries.at(-1) ?? newEntry('');
      commands.push(`${commands.pop() ?? ''} ${line.trim()}`.trim());
    } else if (section === 'entry' || section === 'commands') {
      section = addField(entries.at(-1), line) ? 'commands' : 'entry';
    }
  }
  return { defaults, bound, entries };
}

interface MutableEntry extends SudoEntry {
  runAsUsers: string[];
  runAsGroups: string[];
  options: string[];
  commands: string[];
}

function newEntry(line: string): MutableEntry {
  const source = /^Sudoers entry:\s*(\S.*)$/.exec(line)?.[1];
  return {
    ...(source !== undefined && { source }),
    runAsUsers: [],
    runAsGroups: [],
    options: [],
    commands: [],
  };
}

/** @returns whether commands follow */
function addField(entry: MutableEntry | undefined, line: string): boolean {
  const [, key = '', value = ''] = /^\s+(\w+):\s*(.*)$/.exec(line) ?? [];
  if (key === 'RunAsUsers') entry?.runAsUsers.push(...list(value));
  else if (key === 'RunAsGroups') entry?.runAsGroups.push(...list(value));
  else if (key === 'Options') entry?.options.push(...settings(value));
  return key === 'Commands';
}

/** sudo 1.9.13 forgets to end the line behind one of them. */
function addBound(bound: string[], line: string): void {
  const [before = '', ...more] = line.split(/\s*\bDefaults(?=[!>])/);
  if (before.trim() !== '') bound.push(`${bound.pop() ?? ''} ${before.trim()}`.trim());
  bound.push(...more.map((text) => text.trim()));
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `a, b=c\:d, env_keep+="E F"`: split at commas outside of quotes. */
export function settings(text: string): string[] {
  const found = text.match(/(?:"(?:\\.|[^"\\])*"|\\.|[^,"\\])+/g) ?? [];
  return found.map((part) => part.trim()).filter((part) => part !== '');
}
