import * as assert from 'uvu/assert';
import type { CommandPlan } from '#src/exec/plan.js';
import type { Policy } from '#src/policy/policy.js';

/** The plan for a command that must be allowed as one to run. */
export function commandPlan(policy: Policy, words: readonly string[]): CommandPlan {
  const decision = policy.decide(words);
  if (decision.outcome !== 'allowed') throw new Error(policy.explain(words).text);
  if (decision.plan.kind !== 'command') throw new Error(`${words.join(' ')} is no command`);
  return decision.plan;
}

/** The arguments after the executable, for a command that must be allowed. */
export function allowedArgs(policy: Policy, words: readonly string[]): readonly string[] {
  return commandPlan(policy, words).argv.slice(1);
}

/** Asserts that a command is denied, and that a filter gave a reason like this. */
export function assertDenied(policy: Policy, words: readonly string[], reason?: RegExp): void {
  const { outcome, text } = policy.explain(words);
  assert.is(outcome, 'denied', text);
  if (reason !== undefined) assert.match(text, reason);
}
