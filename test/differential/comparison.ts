import type { Decision } from '#src/policy/decision.js';
import { type Expected, expected } from './exceptions.js';
import { type Answer, askOslo } from './oslo-peer.js';
import type { PolicyOnDisk } from './policies.js';

/** A command for a policy, counted under a heading. */
export interface Case {
  readonly heading: string;
  readonly policy: PolicyOnDisk;
  readonly argv: readonly string[];
}

/** How often each outcome was reached, by heading: `agreed allowed`, or the id of an exception. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * The row of docs/compatibility.md by which tsrootwrap allows what ends in a traceback in
 * oslo.rootwrap, which was meant to allow it.
 */
const MAY_ALLOW = 'kill-deleted';

/**
 * Lets both sides decide every case.
 *
 * @throws an error that shows policy, command and both answers where they differ and no exception
 * says so, or where an exception says so and they do not
 */
export function compare(cases: readonly Case[], seed: number): Counts {
  const answers = askOslo(
    cases.map(({ policy, argv }) => ({
      filters: policy.filters,
      exec_dirs: policy.execDirs,
      argv,
    })),
  );
  const counts = new Map<string, Map<string, number>>();
  const loaded = new Map<PolicyOnDisk, ReturnType<PolicyOnDisk['load']>>();
  for (const [index, { heading, policy, argv }] of cases.entries()) {
    const answer = answers[index] as Answer;
    const wanted = expected(argv, answer.trace);
    const known = loaded.get(policy) ?? policy.load();
    loaded.set(policy, known);
    const decision = known.decide(argv);
    const problem = difference(answer, wanted, decision);
    if (problem !== undefined) {
      const words = JSON.stringify(argv);
      const shown = {
        oslo: answer.verdict,
        expected: { ...wanted, ids: [...wanted.ids] },
        decision,
      };
      throw new Error(
        `seed ${seed}: ${problem}\n${policy.text}\n${words}\n${JSON.stringify(shown, null, 1)}`,
      );
    }
    const row = counts.get(heading) ?? new Map<string, number>();
    counts.set(heading, row);
    const labels = same(answer, wanted) ? [`agreed ${wanted.outcome}`] : [...wanted.ids];
    for (const label of labels) row.set(label, (row.get(label) ?? 0) + 1);
  }
  return counts;
}

/** What is wrong with tsrootwrap's decision, if anything. */
function difference(answer: Answer, wanted: Expected, decision: Decision): string | undefined {
  const { outcome } = answer.verdict;
  if (wanted.ids.size === 0 && !same(answer, wanted)) return 'the trace is not what oslo decided';
  if (decision.outcome === 'allowed' && outcome !== 'allowed') {
    const explained = outcome.startsWith('crash') && wanted.ids.has(MAY_ALLOW);
    if (!explained) return `oslo.rootwrap says ${outcome}, tsrootwrap allows it`;
  }
  if (decision.outcome !== wanted.outcome) return `tsrootwrap says ${decision.outcome}`;
  if (decision.outcome === 'denied') return undefined;
  if (decision.filter.name !== wanted.filter) return 'another filter';
  if (decision.outcome !== 'allowed') return undefined;
  const { plan } = decision;
  if (plan.user !== wanted.user) return 'another user';
  if (!equal(plan.argv, wanted.command)) return 'another command';
  if (plan.kind === 'signal') {
    return plan.pid === Number(plan.argv.at(-1)) ? undefined : 'another process';
  }
  if (plan.file !== plan.argv[0]) return 'the file is not the first word';
  return equal(sorted(plan.environment), sorted(wanted.environment))
    ? undefined
    : 'another environment';
}

/** Whether what is wanted of tsrootwrap is just what oslo.rootwrap does. */
function same({ verdict }: Answer, wanted: Expected): boolean {
  return (
    verdict.outcome === wanted.outcome &&
    verdict.filter === wanted.filter &&
    verdict.user === wanted.user &&
    equal(verdict.command, wanted.command) &&
    equal(sorted(verdict.environment), sorted(wanted.environment))
  );
}

function sorted(environment: Readonly<Record<string, string>> | undefined): unknown {
  return environment && Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
}

function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The counts as lines for people. */
export function report(counts: Counts): string {
  return [...counts]
    .map(([heading, row]) => {
      const sum = [...row]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([label, n]) => `${label} ${n}`);
      return `${heading}: ${sum.join(', ')}`;
    })
    .join('\n');
}
