import { Policy } from '#src/policy/policy.js';
import { writePolicy } from './policy-files.js';
import { type Contestant, type Effort, takeTurns } from './rounds.js';
import { type Comparison, type Section, summarize } from './section.js';

const SIZES = [10, 100, 1_000, 10_000] as const;
const MOST = 10_000;
const FEWEST = 10;

interface Question {
  readonly name: string;
  readonly words: readonly string[];
  readonly outcome: 'allowed' | 'denied';
  readonly goal?: number;
}

const QUESTIONS: readonly Question[] = [
  { name: 'allowed by the last', words: ['true', '--help'], outcome: 'allowed', goal: 2 },
  { name: 'denied', words: ['reboot', '--force'], outcome: 'denied', goal: 2 },
  { name: 'denied cat', words: ['cat', '/etc/shadow'], outcome: 'denied' },
];

/** What a decision takes as the number of filters grows. */
export async function deciding(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 3, rounds: 15 } : { warmUp: 5, rounds: 60 };
  const decisions = quick ? 200 : 500;
  const contestants = SIZES.flatMap((size) => {
    const policy = Policy.load(policyOf(size));
    return QUESTIONS.map((question) => decisionsOf(policy, size, question, decisions));
  });
  const comparisons = QUESTIONS.flatMap((question) =>
    SIZES.slice(1).map((size): Comparison => {
      return {
        title: `${question.name}: ${size} filters / ${FEWEST}`,
        of: contestantName(question, size),
        to: contestantName(question, FEWEST),
        ...(size === MOST && question.goal !== undefined && { goal: question.goal }),
      };
    }),
  );
  const notes = [
    `each time is a decision's share of ${decisions} in a row`,
    'a tenth of the filters are about cat, and all of these are asked',
    'an allowed one includes asking the system whether /bin/true is there',
  ];
  const times = await takeTurns(contestants, effort);
  return summarize('Deciding', effort, times, comparisons, { notes });
}

/** What reading the configuration takes. */
export async function loading(quick: boolean): Promise<Section> {
  const effort: Effort = quick ? { warmUp: 1, rounds: 5 } : { warmUp: 3, rounds: 25 };
  const contestants = SIZES.map((size): Contestant => {
    const config = policyOf(size);
    return {
      name: `load ${size}`,
      measure: () => duration(() => Policy.load(config)),
    };
  });
  return summarize('Loading filters', effort, await takeTurns(contestants, effort), [
    { title: `${MOST} filters / 1000`, of: `load ${MOST}`, to: 'load 1000' },
    { title: '1000 filters / 100', of: 'load 1000', to: 'load 100' },
  ]);
}

function policyOf(size: number): string {
  return writePolicy(size, ['true: CommandFilter, /bin/true, root']);
}

function decisionsOf(
  policy: Policy,
  size: number,
  question: Question,
  decisions: number,
): Contestant {
  const { words, outcome } = question;
  const decided = policy.decide(words).outcome;
  if (decided !== outcome) throw new Error(`${words.join(' ')} is ${decided}, not ${outcome}`);
  return {
    name: contestantName(question, size),
    measure: () =>
      duration(() => {
        for (let i = 0; i < decisions; i++) policy.decide(words);
      }) / decisions,
  };
}

function contestantName({ name }: Question, size: number): string {
  return `${name}, ${size} filters`;
}

function duration(work: () => unknown): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start);
}
