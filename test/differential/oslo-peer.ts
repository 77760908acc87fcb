import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(
  new URL('../../../test/differential/oslo_peer.py', import.meta.url), // it is not compiled
);

export interface Question {
  /** Directories of filter files. */
  readonly filters: readonly string[];
  readonly exec_dirs: readonly string[];
  readonly argv: readonly string[];
}

/** What oslo.rootwrap decides: `allowed`, `not-executable`, `denied` or `crash: TYPE`. */
export interface OsloVerdict {
  readonly outcome: string;
  readonly filter?: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A filter that oslo.rootwrap stumbled over. */
export interface Crash {
  readonly matched: false;
  readonly crash: string;
  readonly filter_class: string;
}

/** A filter that takes the command in oslo.rootwrap, were those before it not there. */
export interface Taken {
  readonly matched: true;
  /** The error it really ends in, where `matched` is what it was meant to say. */
  readonly crash: string | null;
  readonly position: number;
  readonly name: string;
  readonly filter_class: string;
  readonly exec: string;
  readonly user: string;
  /** The words as this filter sees them, after others took `env` off. */
  readonly words: readonly string[];
  /** How many `env` were taken off. */
  readonly envs: number;
  /** What oslo.rootwrap takes for its executable. */
  readonly executable: string | null;
  /** The same if only regular files counted. */
  readonly file: string | null;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether Python's fullmatch agrees; null for a pattern that does not compile by itself. */
  readonly patterns?: readonly { readonly source: string; readonly full: boolean | null }[];
  readonly paths?: readonly Place[];
  /** What the process to be killed runs, and whether the filter names it by its path. */
  readonly program?: string;
  readonly byPath?: boolean;
  readonly inner?: Inner;
  /** For an inner command: the filter takes it too when its path is not cut to its base name. */
  readonly byPathToo?: boolean;
}

/** The command behind a prefix. */
export interface Inner {
  /** The words between the outer program and the inner command. */
  readonly prefix: readonly string[];
  readonly items: readonly Item[];
  /** One of the items made oslo.rootwrap stumble. */
  readonly crashed: boolean;
}

export interface Place {
  readonly constraint: string;
  readonly real: string;
  readonly exists: boolean;
  readonly loop: boolean;
  /** Somebody else may put another object in its place. */
  readonly exchangeable: boolean;
  /** It is a directory, and somebody else may put an object into it. */
  readonly filled: boolean;
}

export type Item = Crash | Taken;

export interface Answer {
  readonly verdict: OsloVerdict;
  readonly trace: readonly Item[];
}

/** Puts all questions to one process; it has this process's PATH and working directory. */
export function askOslo(questions: readonly Question[]): readonly Answer[] {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-X', 'utf8', PROGRAM], {
    input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`oslo.rootwrap: ${stderr}`);
  const answers = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Answer);
  if (answers.length !== questions.length) throw new Error('not as many answers as questions');
  return answers;
}
