import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, type RunOptions, run } from './executable.js';

/**
 * Binds a socket at /dev/log in a mount namespace of its own, runs its arguments and prints what
 * the socket got, one base64 line a message. The /dev that others see stays as it is.
 */
const RECEIVER = `
import base64, os, socket, subprocess, sys, time
os.chdir('/dev')
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind('log')
os.chmod('log', 0o666)
os.chdir(sys.argv[2])
receiver.setblocking(False)
def read():
    try:
        while True:
            message = receiver.recv(1 << 20)
            if message != b'full': print('LOG', base64.b64encode(message).decode(), flush=True)
    except BlockingIOError: pass
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.setblocking(False)
try:
    sender.connect('/dev/log')
    while sys.argv[1] == 'full': sender.send(b'full')
except BlockingIOError: pass
child = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE if sys.argv[1] == 'late' else None)
if sys.argv[1] == 'late':
    while not os.path.exists(os.environ['READ_WHEN_THERE']): time.sleep(0.01)
    while child.poll() is None:
        read()
        time.sleep(0.005)
status = child.wait()
sys.stdout.flush()
read()
sys.exit(status)
`;

/** A /dev with what programs need and an empty place for the socket. */
const PRIVATE_DEV = [
  'mkdir "$0/dev"',
  'mount -t tmpfs -o mode=755 tmpfs "$0/dev"',
  'for name in null zero urandom random tty; do touch "$0/dev/$name"; mount --bind "/dev/$name" "$0/dev/$name"; done',
  'mkdir "$0/dev/pts" "$0/dev/shm"',
  'ln -s /proc/self/fd "$0/dev/fd"',
  'mount --rbind "$0/dev" /dev',
  'exec /usr/bin/python3 -c "$@"',
].join(' && ');

export interface Logged {
  readonly status: number | null;
  readonly stderr: string;
  /** The datagrams, as they came. */
  readonly messages: readonly string[];
}

/**
 * When the receiver reads: once the program has ended; `full`: the same, and there is no room from the
 * start; `late`: from when the file is there that READ_WHEN_THERE names.
 */
export type Reading = 'after' | 'full' | 'late';

/**
 * Runs a program with a syslog receiver on /dev/log, which has room for some ten messages
 * (net.unix.max_dgram_qlen). Needs root, mount namespaces and python3.
 */
export function withSyslog(
  words: readonly string[],
  options: RunOptions = {},
  reading: Reading = 'after',
): Logged {
  const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-dev-'));
  try {
    const { status, stdout, stderr } = run(
      'unshare',
      ['-m', 'sh', '-c', PRIVATE_DEV, directory, RECEIVER, reading, options.cwd ?? ROOT, ...words],
      options,
    );
    const messages = [...stdout.matchAll(/^LOG (.*)$/gm)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    );
    return { status, stderr, messages };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A message without its time: `<PRI>Mmm dd hh:mm:ss IDENT: TEXT`. */
export function withoutTime(message: string): string {
  return message.replace(/^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /, '$1');
}
