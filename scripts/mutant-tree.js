// A copy of this built tree, in which files of dist may be changed and tests run.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownEtc } from './test-namespace.js';

const LEFT_OUT = new Set(['node_modules', '.git', 'coverage']);
const OWN_PROCESSES = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** A shell is the parent of whatever a test leaves behind, and the end of it. */
const BEFORE = [...OWN_PROCESSES, 'sh', '-c', '"$@"; exit $?', 'sh', ...ownEtc()];

/** Commands are run one at a time. */
export class MutantTree {
  /** Blocks that have run write to this file. */
  ran;
  #running;
  #directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-mutants-'));

  constructor() {
    chmodSync(this.#directory, 0o755);
    this.ran = join(this.#directory, 'ran');
    for (const name of readdirSync('.').filter((entry) => !LEFT_OUT.has(entry))) {
      cpSync(name, join(this.#directory, name), { recursive: true, verbatimSymlinks: true });
    }
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.#directory, 'node_modules'));
  }

  /** @returns what stands in a file below dist */
  read(file) {
    return readFileSync(join(this.#directory, 'dist', file), 'utf8');
  }

  write(file, text) {
    writeFileSync(join(this.#directory, 'dist', file), text);
  }

  /** Brings the executables up to date. @returns whether that is possible */
  bundle() {
    return this.#run([process.execPath, 'scripts/bundle.js'], 60_000);
  }

  /** @returns whether a test file below build/test passes within `timeout` milliseconds */
  test(file, timeout) {
    writeFileSync(this.ran, '');
    chmodSync(this.ran, 0o666);
    const path = join('build/test', file);
    return this.#run([...BEFORE, process.execPath, '--enable-source-maps', path], timeout);
  }

  /** @returns the blocks that ran in the last test: FILE:START */
  blocks() {
    return [...new Set(readFileSync(this.ran, 'utf8').split('\n').slice(0, -1))];
  }

  remove() {
    this.#running?.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #run([command, ...args], timeout) {
    return new Promise((settle) => {
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
      const options = {
        cwd: this.#directory,
        env,
        stdio: 'ignore',
        timeout,
        killSignal: 'SIGKILL',
      };
      this.#running = spawn(command, args, options).on('close', (code) => settle(code === 0));
    });
  }
}
