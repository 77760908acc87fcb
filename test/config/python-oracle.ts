import { spawnSync } from 'node:child_process';

/** The first of the interpreters that runs the statement; undefined when none does. */
export function findPython(
  statement: string,
  interpreters: readonly string[] = ['python3', '/usr/bin/python3'],
): string | undefined {
  return interpreters.find((python) => spawnSync(python, ['-c', statement]).status === 0);
}

/** Runs a program once: a JSON line in for each question, a JSON line out for each answer. */
export function askPython<Answer>(
  python: string,
  program: string,
  questions: readonly unknown[],
): Answer[] {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
    input,
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 1024 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${python}: ${stderr}`);
  const answers = stdout.split('\n').slice(0, -1);
  if (answers.length !== questions.length) throw new Error('not as many answers as questions');
  return answers.map((answer) => JSON.parse(answer) as Answer);
}
