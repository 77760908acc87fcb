import { spawnSync } from 'node:child_process';

/** What Python says about one pattern and some words. */
export interface Verdict {
  /** Python's message when it does not compile. */
  readonly error: string | null;
  /** Python was stopped: nothing can be said. */
  readonly slow: boolean;
  /** `re.fullmatch(pattern, word)`, a word each. */
  readonly full: readonly boolean[];
  /** `re.match(pattern + '$', word)`, as oslo.rootwrap asks. */
  readonly oslo: readonly boolean[];
}

export interface Question {
  readonly pattern: string;
  readonly words: readonly string[];
}

const PROGRAM = `
import json, re, signal, sys, warnings
warnings.simplefilter('ignore')
class Slow(Exception): pass
def stop(*_): raise Slow()
signal.signal(signal.SIGALRM, stop)
for line in sys.stdin.buffer:
    question = json.loads(line)
    pattern, answer = question['pattern'], dict(error=None, slow=False, full=[], oslo=[])
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        whole = re.compile(pattern)
        try:
            front = re.compile(pattern + '$')
        except re.error:
            front = None
        for word in question['words']:
            answer['full'].append(whole.fullmatch(word) is not None)
            answer['oslo'].append(front is not None and front.match(word) is not None)
    except Slow:
        answer['slow'] = True
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        answer['error'] = str(error)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(json.dumps(answer))
`;

/**
 * The first Python found whose re has the syntax that the patterns are defined by: 3.11 to 3.13.
 * Later ones have new escapes, earlier ones let flags stand anywhere.
 */
export function findPython(): string | undefined {
  const check = 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))';
  return ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0,
  );
}

/** Puts all questions to one Python process. */
export function askPython(python: string, questions: readonly Question[]): readonly Verdict[] {
  const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], {
    input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`python: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
}
