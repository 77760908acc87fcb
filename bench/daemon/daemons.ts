import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory, writePolicy } from '../policy-files.js';
import { ENVIRONMENT } from '../programs.js';

const EXECUTABLE = join(import.meta.dirname, '../../../bin/tsrootwrap');
const FILTERS = 56;
/** Of these, such that take long for a word of many `a`. */
const SLOW_FILTERS = 20;
const KEY_BYTES = 32;
const LINE_END = 0x0a;

/** A daemon to measure, which any number of clients can use. */
export interface Daemon {
  readonly pid: number;
  /** Of its socket. */
  readonly path: string;
  readonly key: Buffer;
  /**
   * What to give to a client as the command that starts a daemon: it says where this one is. So one
   * daemon can have several clients, and each is a client as services use it.
   */
  readonly command: readonly string[];
  stop(): Promise<void>;
}

/** tsrootwrap-daemon, as npm installs it. @throws when it does not start */
export function startOurs(): Promise<Daemon> {
  const directory = temporaryDirectory();
  symlinkSync(process.execPath, join(directory, 'node'));
  symlinkSync(EXECUTABLE, join(directory, 'tsrootwrap-daemon'));
  return start([join(directory, 'tsrootwrap-daemon'), commandsPolicy()]);
}

/** oslo-rootwrap-daemon without eventlet, where that is installed. @throws when it does not start */
export function startOslos(): Promise<Daemon> {
  return start(['/usr/bin/python3', '-c', OSLO, commandsPolicy()]);
}

const OSLO = [
  'import sys',
  'sys.modules["eventlet"] = None',
  'sys.argv[0] = "oslo-rootwrap-daemon"',
  'from oslo_rootwrap.cmd import daemon',
  'sys.exit(daemon())',
].join('; ');

/** Filters of a service, and behind them those for the commands that are measured. */
function commandsPolicy(): string {
  const user = userInfo().username;
  const last = [
    `ip: IpFilter, ip, ${user}`,
    ...['cat', 'head', 'sleep', 'sysctl', 'true'].map(
      (name) => `${name}: CommandFilter, ${name}, ${user}`,
    ),
    ...Array.from(
      { length: SLOW_FILTERS },
      (_, i) => `slow${i}: RegExpFilter, slow, ${user}, slow, (?!x${i})(a+)+b`,
    ),
  ];
  return writePolicy(FILTERS, last, ['daemon_max_connections = 256']);
}

async function start([file, ...args]: readonly [string, ...string[]]): Promise<Daemon> {
  const child = spawn(file, args, { env: ENVIRONMENT });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const address = await Promise.race([
    firstBytes(child.stdout),
    ended.then(() => Promise.reject(new Error(`${file} ended: ${said.trim().slice(-200)}`))),
  ]);
  const end = address.indexOf(LINE_END);
  const whereabouts = join(temporaryDirectory(), 'address');
  writeFileSync(whereabouts, address, { mode: 0o600 });
  return {
    pid: child.pid ?? 0,
    path: address.toString('utf8', 0, end),
    key: address.subarray(end + 1),
    // The client takes the end of this for the end of the daemon.
    command: ['/bin/sh', '-c', 'cat "$0"; exec >/dev/null 2>&1; exec cat', whereabouts],
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The socket's path, a line end and the key. */
async function firstBytes(output: AsyncIterable<Buffer>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const piece of output) {
    bytes = Buffer.concat([bytes, piece]);
    const end = bytes.indexOf(LINE_END);
    if (end !== -1 && bytes.length >= end + 1 + KEY_BYTES) break;
  }
  return bytes;
}
