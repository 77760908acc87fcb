import { spawn } from 'node:child_process';
import { posix } from '#src/posix/addon.js';
import { ENVIRONMENT } from '../programs.js';

const MOST_OUTPUT = 16 * 1024 * 1024;

const environment = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);

export type Argv = readonly [string, ...string[]];

/** Runs a command by the addon as the daemon does, and collects its output. */
export function runByAddon(argv: Argv): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    posix.run({ file: argv[0], argv, environment, mostOutput: MOST_OUTPUT }, (...event) => {
      if (event[0] !== 'ended') return;
      const [, code, , stdout] = event;
      if (code === 0) resolve(stdout);
      else reject(new Error(`${argv.join(' ')} failed`));
    });
  });
}

/** The same by Node itself. */
export function runByChildProcess([file, ...args]: Argv): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
    const pieces: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => pieces.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => pieces.push(bytes));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(pieces));
      else reject(new Error(`${file} failed`));
    });
  });
}
