import { baseName } from '../../policy/filters/filter.js';
import { signalNumber } from '../../policy/filters/signal-number.js';
import type { DefinedFilter } from '../../policy/policy-source.js';
import { isInterpreter } from '../interpreters.js';
import { cited, type LineCheck, type Mistake } from './mistake.js';
import { pastedLine } from './pasted-line.js';

/** What a KillFilter names: a program that can be told, and signals that exist. */
export const killFilter: LineCheck = function* (definition) {
  const { source, words, filter } = definition;
  if (filter === undefined || source.className !== 'KillFilter') return;
  const [user = '', program = '', ...signals] = words;
  if (
    program === '' ||
    (!program.startsWith('/') && program.includes('/')) ||
    /\/$/.test(program)
  ) {
    yield {
      rule: 'never-matches',
      severity: 'medium',
      problem:
        program === ''
          ? 'it names no program'
          : `no process runs ${cited(program)}: it is neither an absolute path nor a name`,
      advice:
        (/^[\w.-]+\/[\w./-]*[\w-]$/.test(program) &&
          pastedLine(source.name, source.className, [user, `/${program}`, ...signals])) ||
        'write the absolute path of the program',
    };
    return;
  }
  if (isInterpreter(program)) {
    yield {
      rule: 'kill-interpreter',
      severity: 'medium',
      problem: `it allows signals to every process that ${baseName(program)} runs, whatever script that is`,
      gets: `ends any service or job that is run by ${baseName(program)}`,
      advice:
        'let systemctl find the process (systemctl kill UNIT in a RegExpFilter), or run it as the user of the service',
    };
  }
  yield* signalMistakes(definition, signals);
};

function* signalMistakes(
  { source, words }: DefinedFilter,
  signals: readonly string[],
): Generator<Mistake> {
  const wrong = signals.filter((signal) => signalNumber(signal) === undefined);
  if (wrong.length === 0) return;
  const mended = signals.map((signal) =>
    signalNumber(signal) === undefined ? meant(signal) : signal,
  );
  const known = mended.filter((signal) => signal !== undefined);
  yield {
    rule: 'unknown-signal',
    severity: 'medium',
    problem:
      `${cited(wrong.join(', '))} is no signal` +
      (wrong.length === signals.length ? ', so no command is allowed' : ''),
    advice:
      (known.length > 0 &&
        pastedLine(source.name, source.className, [...words.slice(0, 2), ...new Set(known)])) ||
      'write signals as -9 or -HUP',
  };
}

/** `9`, `HUP`, `SIGHUP` and `--HUP` for what they lack. */
function meant(signal: string): string | undefined {
  const option = `-${signal.trim().replace(/^-+/, '').replace(/^SIG/i, '').toUpperCase()}`;
  return signalNumber(option) === undefined ? undefined : option;
}
