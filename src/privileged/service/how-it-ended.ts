import { escapeCommand, escapeControls } from '../../log/escape.js';
import { PrivilegedError } from '../wire/errors.js';
import type { ProcessEnd } from './helper-process.js';

/** What is known of a helper that is gone. */
export interface Ending {
  readonly context: string;
  /** Whether it had been ready. */
  readonly served: boolean;
  /** What it said of itself with its last message. */
  readonly fatal?: string | undefined;
  /** What it did wrong, or did not do, so that this side has dropped it. */
  readonly problem?: string | undefined;
  /** The command that started it, where this process did. */
  readonly command?: readonly string[] | undefined;
  readonly end?: ProcessEnd | undefined;
}

/** Why calls fail: for the logger one sentence, for callers with what it wrote on standard error. */
export function tellEnd(ending: Ending): {
  readonly summary: string;
  readonly error: PrivilegedError;
} {
  const { context, served, end } = ending;
  const happened = served
    ? `the helper of context ${context} is gone: ${reason(ending)}`
    : `the helper of context ${context} did not start: ${reason(ending)}`;
  const lost = served ? '; a call that it did not answer may have done its work or not' : '';
  const hint = advice(ending);
  const what = `${happened}${lost}${hint === undefined ? '' : `; ${hint}`}; ${RESTART}`;
  const lines = (end?.stderr ?? []).map((line) => `\n  ${escapeControls(line)}`);
  const tail = lines.length === 0 ? '' : `\nIt wrote last:${lines.join('')}`;
  return { summary: what, error: new PrivilegedError('ERR_PRIVILEGED_HELPER', `${what}${tail}`) };
}

const RESTART = '`await context.start()` starts a new one';

/** For calls of a context whose helper was stopped by the service itself. */
export function stoppedError(context: string): PrivilegedError {
  return new PrivilegedError(
    'ERR_PRIVILEGED_HELPER',
    `the helper of context ${context} was stopped by \`context.stop()\`; ${RESTART}`,
  );
}

function reason({ fatal, problem, command, end }: Ending): string {
  const said = fatal === undefined ? [] : [`it said: ${escapeControls(fatal)}`];
  const wrong = problem === undefined ? [] : [escapeControls(problem)];
  return [...said, ...wrong, ...processEnd(command, end)].join('; ') || 'it closed the channel';
}

function processEnd(command: readonly string[] = [], end: ProcessEnd | undefined): string[] {
  if (end?.error?.code === 'ENOENT') return [`there is no ${escapeCommand(command.slice(0, 1))}`];
  if (end?.error) return [escapeControls(end.error.message)];
  if (end?.signal !== undefined) return [`it was killed by ${end.signal}`];
  if (end?.exitCode !== undefined) return [`it ended with exit code ${end.exitCode}`];
  return [];
}

function advice({ served, context, command = [], end }: Ending): string | undefined {
  if (served || end === undefined) return undefined;
  const { error, exitCode, stderr } = end;
  if (error?.code === 'ENOENT') {
    return 'install it, or give another `command` to configure(), with its full path';
  }
  if (error) return SPAWN_ADVICE[error.code ?? ''];
  const said = (words: string) => stderr.some((line) => line.includes(words));
  if (stderr.some((line) => line.startsWith('sudo: '))) {
    return `give the user of this process a NOPASSWD rule in sudoers for ${rule(command)}`;
  }
  if (said('Unauthorized command')) {
    return `add a filter for tsrootwrap-privileged with --context ${context}, as \`tsrootwrapctl init\` writes it`;
  }
  if (said('Executable not found')) {
    return 'see that exec_dirs of the configuration has the directory where tsrootwrap-privileged is installed, or that the filter says its full path';
  }
  // what tsrootwrap and the helper write says what to do
  return exitCode === undefined || stderr.length > 0
    ? undefined
    : `to see more run ${escapeCommand(command)}`;
}

/** What sudo was to run: tsrootwrap and the path of the configuration come before the program. */
function rule(command: readonly string[]): string {
  const end = command.indexOf('tsrootwrap-privileged');
  const words = escapeCommand(command.slice(Math.max(0, end - 2), Math.max(0, end)));
  return words === '' ? 'tsrootwrap' : `${words} *`;
}

const SPAWN_ADVICE: Readonly<Record<string, string>> = {
  EMFILE: 'close some files, or raise the limit of open files (`ulimit -n`)',
  ENFILE: 'the system has no more open files: raise fs.file-max',
  EACCES: 'see that this user may execute it',
  EAGAIN: 'try again later, or raise the limit of processes (`ulimit -u`)',
};
