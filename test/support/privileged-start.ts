import { closeSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { quoteForShell } from '#src/posix/shell-word.js';
import { pipe, type Started, startProgram } from './daemon-start.js';
import { executable } from './executable.js';
import { HelperChannel } from './helper-channel.js';
import { temporaryDirectory } from './policy-files.js';
import type { PrivilegedPolicy } from './privileged-policy.js';
import { sudoer } from './sudoers.js';

/** The words by which a service asks for the helper of a context. */
export function startWords(config: string, context = 'net'): string[] {
  return ['tsrootwrap-privileged', '--config', config, '--context', context];
}

/** A helper that was asked for. */
export interface Begun extends Started {
  readonly channel: HelperChannel;
  readonly stderr: () => string;
}

interface BeginOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** In a session that has a terminal. */
  readonly terminal?: boolean;
}

/** Starts words whose standard input and output are pipes, as a service does. */
export function begin(
  words: readonly string[],
  { env = {}, terminal = false }: BeginOptions = {},
): Begun {
  const [input, output] = [pipe(), pipe()];
  const file = join(temporaryDirectory(), 'stderr');
  const errors = openSync(file, 'a');
  const streams = [input.reader, output.writer, errors];
  const line = `exec ${words.map(quoteForShell).join(' ')} <&3 >&4 2>&5`;
  const started = terminal
    ? startProgram(['script', '-qec', line, '/dev/null'], {
        stdio: ['pipe', 'ignore', 'inherit', ...streams] as never,
        env,
      })
    : startProgram(words, { stdio: streams as never, env });
  for (const fd of streams) closeSync(fd);
  const channel = new HelperChannel(
    new Socket({ fd: output.reader, writable: false }),
    new Socket({ fd: input.writer, readable: false }),
  );
  return Object.assign(started, { channel, stderr: () => readFileSync(file, 'utf8') });
}

/** The same through sudo and tsrootwrap, as a user who may call this policy. */
export function beginThroughSudo(
  { config }: PrivilegedPolicy,
  option: string,
  { context = 'net', terminal = false }: { context?: string; terminal?: boolean } = {},
): Begun {
  const { name } = sudoer([executable(), config, '*'], option);
  const as = ['setpriv', '--reuid', name, '--regid', name, '--init-groups', 'sudo', '-n'];
  const env = { NODE_OPTIONS: '--title=chosen', CHOSEN: 'by the caller', LC_ALL: 'en_US.UTF-8' };
  return begin([...as, executable(), config, ...startWords(config, context)], { env, terminal });
}
