// Talks to daemons on behalf of a test that waits: see ways.ts. Requests on standard input, an
// answer for each on standard output, both a line of JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Duplex } from 'node:stream';
import { ObjectClient, OsloClient } from './clients.js';
import { DaemonProcess, daemonExecutable } from './daemon.js';
import { SAFE_PATH } from './executable.js';
import { temporaryDirectory } from './policy-files.js';
import { RawConnection } from './raw-connection.js';
import type { Outcome, Request } from './ways.js';

/** Something that was started with a policy and an environment, and decides about words. */
interface Started {
  readonly run: (words: readonly string[], input: Uint8Array) => Promise<Outcome>;
  readonly stop: () => void;
}

/** How many stay for further requests with the same policy. */
const MAX_KEPT = 6;

const kept = new Map<string, Promise<Started>>();

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line) as Request);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();

async function answerTo(request: Request): Promise<Outcome | { fault: string }> {
  try {
    const { words, options } = request;
    const { run } = await startedFor(request);
    return await run(words, Buffer.from(options.input ?? ''));
  } catch (error) {
    const { message } = error as Error;
    const [, code] = /^the daemon ended with (\d+)/.exec(message) ?? [];
    if (code === undefined) return { fault: message };
    return { status: Number(code), signal: null, stdout: '', stderr: message };
  }
}

function startedFor({ way, config, options: { input: _, ...options } }: Request): Promise<Started> {
  const key = JSON.stringify([way, config, versions(config), options]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  for (const [old, started] of kept) {
    if (kept.size < MAX_KEPT) break;
    kept.delete(old);
    started.then(({ stop }) => stop()).catch(() => {});
  }
  const started = way === '--stdio' ? onStreams(config, options) : onSocket(way, config, options);
  kept.set(key, started);
  started.catch(() => kept.delete(key));
  return started;
}

/** A test may write its policy again: it gets another daemon then. */
function versions(config: string): unknown {
  try {
    const filters = join(dirname(config), 'filters.d');
    const files = [config, ...readdirSync(filters).map((name) => join(filters, name))];
    return files.map((file) => [statSync(file).ctimeMs, readFileSync(file, 'latin1').length]);
  } catch {
    return Math.random(); // a policy that is meant to be broken
  }
}

async function onSocket(
  way: Request['way'],
  config: string,
  options: Request['options'],
): Promise<Started> {
  const { cwd, env, uid, gid } = options;
  const daemon = await DaemonProcess.start(
    { config },
    {
      ...(cwd && { cwd }),
      ...(env && { env, onlyEnv: true }),
      ...(uid && { uid }),
      ...(gid && { gid }),
    },
  );
  const stop = () => daemon.child.kill('SIGTERM');
  if (way === 'daemon for oslo') {
    const client = await OsloClient.create(() => daemon.authenticated());
    return {
      run: async (words, input) => {
        const stdin = { __bytes__: Buffer.from(input).toString('base64') };
        const [kind, result] = await client.run(words, input.length > 0 ? stdin : null);
        return osloOutcome(kind, result, daemon.complaints);
      },
      stop,
    };
  }
  const client = await daemon.client();
  return { run: (words, input) => objectOutcome(client, words, input), stop };
}

/** The daemon between the ends of two pairs of sockets, as Node starts children. */
async function onStreams(config: string, options: Request['options']): Promise<Started> {
  const errors = join(temporaryDirectory(), 'stderr');
  const stderr = openSync(errors, 'a');
  const { cwd = '/', env = { PATH: SAFE_PATH, HOME: '/root', LC_ALL: 'C' }, uid, gid } = options;
  const child = spawn(daemonExecutable(), ['--stdio', config], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', stderr],
    ...(uid && { uid }),
    ...(gid && { gid }),
  });
  closeSync(stderr);
  const { stdout: readable, stdin: writable } = child as Required<ChildProcess>;
  const early = new Promise<never>((_resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the daemon ended with ${code}: ${readFileSync(errors, 'utf8')}`));
    });
  });
  if (readable === null || writable === null) throw new Error('no streams');
  const connection = RawConnection.over(Duplex.from({ readable, writable }));
  const client = await Promise.race([ObjectClient.greet(connection).catch(() => early), early]);
  early.catch(() => {});
  return {
    run: (words, input) => objectOutcome(client, words, input),
    stop: () => connection.destroy(),
  };
}

async function objectOutcome(
  client: ObjectClient,
  words: readonly string[],
  input: Uint8Array,
): Promise<Outcome> {
  const id = client.request(words, {}, input);
  for (;;) {
    const { message, bytes } = await client.about(id);
    switch (message.type) {
      case 'exit':
        return {
          status: message.code,
          signal: message.signal,
          stdout: bytes.toString('utf8', 0, message.stdout),
          stderr: bytes.toString('utf8', message.stdout),
        };
      case 'refused': {
        const status = message.reason === 'unauthorized' ? 99 : 96;
        return { status, signal: null, stdout: '', stderr: message.message };
      }
      case 'failed':
        return failed(message.message);
    }
  }
}

function osloOutcome(kind: string, result: unknown, complaints: string): Outcome {
  if (kind !== '#RETURN') return failed(String(result));
  const [code, stdout, stderr] = result as [number, string, string];
  const refused = code === 99 || code === 96;
  return {
    status: code < 0 ? null : code,
    signal: code < 0 ? signalName(-code) : null,
    stdout,
    stderr: refused ? `${stderr}${complaints}` : stderr,
  };
}

/** What the one-shot says when an allowed command cannot be run. */
function failed(message: string): Outcome {
  return { status: 97, signal: null, stdout: '', stderr: message };
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? '';
}
