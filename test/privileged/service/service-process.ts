import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeOptions } from '../../support/fake-service.js';
import { patiently, until } from '../../support/patience.js';
import { temporaryDirectory } from '../../support/policy-files.js';

/** How a process has ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceSettings {
  readonly behaviour?: string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What are its descriptors from 3 on. */
  readonly descriptors?: StdioOptions;
  readonly flags?: readonly string[];
  /** Whether configure() is called with the fake helper; true unless given. */
  readonly configured?: boolean;
}

/** A service in a process of its own, whose helper writes down what becomes of it. */
export class ServiceProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #journal = join(temporaryDirectory(), 'journal');
  #stdout = '';

  /** @param program of a module that has `configure`, and the functions as `functions` */
  constructor(program: string, settings: ServiceSettings = {}) {
    const { behaviour = [], env = {}, descriptors = [], flags = [], configured = true } = settings;
    const options = fakeOptions('--journal', this.#journal, ...behaviour);
    const source = `
      import { configure } from ${JSON.stringify(import.meta.resolve('#src/privileged/index.js'))};
      import * as functions from ${JSON.stringify(import.meta.resolve('./functions.js'))};
      ${configured ? `configure(${JSON.stringify(options)});` : ''}
      ${program}`;
    this.child = spawn(
      process.execPath,
      ['--no-warnings', ...flags, '--input-type=module', '-e', source],
      {
        stdio: ['ignore', 'pipe', 'pipe', ...(descriptors as [])],
        env: { PATH: '/usr/bin:/bin', ...env },
        detached: true,
      },
    );
    let stderr = '';
    this.child.stdout?.on('data', (text) => {
      this.#stdout += text;
    });
    this.child.stderr?.on('data', (text) => {
      stderr += text;
    });
    this.ended = patiently(
      'the end of the service',
      new Promise((resolve) => {
        this.child.on('close', (code, signal) => {
          resolve({ code, signal, stdout: this.#stdout, stderr });
        });
      }),
    );
  }

  /** What its helpers have written down. */
  journal(): string {
    try {
      return readFileSync(this.#journal, 'utf8');
    } catch {
      return ''; // none was started
    }
  }

  async said(text: string): Promise<void> {
    await until(`"${text}" of the service`, () => this.#stdout.includes(text));
  }

  async noted(text: string): Promise<void> {
    await until(`"${text}" of the helper`, () => this.journal().includes(text));
  }

  /** The process id of the helper that was started last. */
  get helper(): number {
    return Number([...this.journal().matchAll(/^started (\d+)$/gm)].at(-1)?.[1]);
  }
}
