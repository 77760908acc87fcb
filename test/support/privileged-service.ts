/** A service that was started with its helpers: says what it is, and what each of them is. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { HelperChannel } from './helper-channel.js';

const channels = (process.env.TSROOTWRAP_PRIVILEGED ?? '')
  .split(',')
  .map((text) => text.split('='));
/** Those above standard error that are not Node's own. */
const descriptors = readdirSync('/proc/self/fd')
  .map((fd) => [Number(fd), target(fd)] as const)
  .filter(([fd, link]) => fd > 2 && !/^anon_inode:|^pipe:|^\/dev\/null$/.test(link))
  .sort(([a], [b]) => a - b);
const helpers: Record<string, unknown> = {};
for (const [name = '', fd] of channels) {
  const socket = new Socket({ fd: Number(fd) });
  const channel = new HelperChannel(socket, socket);
  await channel.next('ready');
  helpers[name] = await channel.call(`lookPrivileged${name}`);
}
const said = {
  pid: process.pid,
  words: process.argv.slice(2),
  status: readFileSync('/proc/self/status', 'utf8'),
  limits: readFileSync('/proc/self/limits', 'utf8'),
  environment: process.env,
  cwd: process.cwd(),
  descriptors,
  helpers,
};
process.stdout.write(`${JSON.stringify(said)}\n`);
process.stdin.resume().on('end', () => process.exit(7));

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return 'anon_inode:'; // it was the listing's own
  }
}
