import { isHidden, programOf } from '../../posix/process-program.js';
import {
  baseName,
  Filter,
  type FilterSource,
  type MatchContext,
  type Reach,
  refuse,
  type Verdict,
} from './filter.js';
import { oneOf, type Shape } from './shape.js';
import { signalNumber } from './signal-number.js';

const MOST_PID = 2 ** 22; // PID_MAX_LIMIT of 64-bit kernels, proc_sys_kernel(5)

const HIDDEN =
  'runs a program that tsrootwrap may not look at: it needs CAP_SYS_PTRACE (in a container, --cap-add SYS_PTRACE)';

/**
 * `KillFilter, user, program, signal...`: `kill [-SIGNAL] PID` for a process that runs the program.
 * Without signals in the filter none may be given, and the process gets TERM.
 */
export class KillFilter extends Filter {
  readonly reach: Reach = { by: 'first', words: ['kill'] };
  readonly #program: string;
  readonly #signals: readonly string[];

  constructor(source: FilterSource, [user = '', program = '', ...signals]: readonly string[]) {
    super(source, '/bin/kill', user);
    this.#program = program;
    this.#signals = signals;
  }

  match(words: readonly string[], context: MatchContext): Verdict {
    if (words[0] !== 'kill') return refuse('is not kill', 0);
    if (words.length !== 2 && words.length !== 3) {
      return refuse(`takes 2 or 3 words, not ${words.length}`);
    }
    const name = words.length === 3 ? words[1] : undefined;
    if (name === undefined && this.#signals.length > 0) {
      return refuse(`needs one of the signals ${this.#signals.join(', ')}`);
    }
    if (name !== undefined && !this.#signals.includes(name)) {
      return refuse(`is none of the signals ${this.#signals.join(', ') || '(none listed)'}`, 1);
    }
    const signal = signalNumber(name ?? '-TERM');
    if (signal === undefined) return refuse('is no signal', 1);

    const position = words.length - 1;
    const pid = processId(words[position] ?? '');
    if (pid === undefined) return refuse('is not a process id', position);
    const path = context.path();
    const program = this.programOf(pid, path);
    if (program === undefined) {
      return isHidden(pid)
        ? { ...refuse(HIDDEN, position), isTelling: true }
        : refuse('is no process whose program can be told', position);
    }
    if (!this.#isProgram(program, path)) {
      return refuse(`runs ${program}, not ${this.#program}`, position);
    }
    return { matched: true, args: words.slice(1), signal: { pid, signal, program } };
  }

  shape(): Shape {
    const signal = this.#signals.length > 0 ? [oneOf(this.#signals)] : [];
    const words = [
      oneOf(['kill']),
      ...signal,
      { takes: 'process', program: this.#program } as const,
    ];
    return { variables: [], words, rest: 'nothing' };
  }

  /** Asks the system; those who judge filters suppose processes. */
  protected programOf(pid: number, path: readonly string[]): string | undefined {
    return programOf(pid, path);
  }

  #isProgram(program: string, path: readonly string[]): boolean {
    if (this.#program.startsWith('/')) return program === this.#program;
    const directory = program.slice(0, program.lastIndexOf('/')) || '/';
    return (
      program.startsWith('/') && baseName(program) === this.#program && path.includes(directory)
    );
  }
}

function processId(word: string): number | undefined {
  if (!/^[1-9][0-9]{0,9}$/.test(word)) return undefined;
  const pid = Number(word);
  return pid <= MOST_PID ? pid : undefined;
}
