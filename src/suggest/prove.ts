import { type MatchContext, verdictOf } from '../policy/filters/filter.js';
import { PatternBudget } from '../policy/pattern/pattern.js';
import type { PolicySource } from '../policy/policy-source.js';
import { innerCommand } from './draft-netns.js';
import type { ObservedCommand } from './observed-command.js';

/** Milliseconds; what the engine gives to the patterns of one decision. */
const PATTERN_MILLISECONDS = 250;

/**
 * Why the engine would not take a command by these filters, as the user that it ran as; undefined where
 * it would.
 *
 * A program that is not on this machine counts as there. A process that has ended cannot be signalled:
 * for a kill, the filters are asked by what they say of programs and signals.
 *
 * @param written name of the line that was written for it
 */
export function whyUncovered(
  command: ObservedCommand,
  source: PolicySource,
  written: string,
): string | undefined {
  if (command.program !== undefined) return whyNoSignal(command, source);
  const decision = source.policy.decide(command.words);
  if (decision.outcome === 'denied') {
    if (takesAbsentProgram(command, source)) return undefined;
    const miss = decision.misses.find(({ filter }) => filter.name === written);
    if (miss === undefined) return 'the engine does not ask its line about it';
    return `the engine would refuse it: ${miss.word === undefined ? 'it' : 'a word'} ${miss.reason}`;
  }
  const { name } = decision.filter;
  const filter = source.definitions.find((definition) => definition.source.name === name)?.filter;
  if (filter?.user === command.user) return undefined;
  return `it ran as ${command.user}, but ${name} comes first and runs it as ${filter?.user}`;
}

function whyNoSignal(
  { words, program }: ObservedCommand,
  source: PolicySource,
): string | undefined {
  const signal = words.length === 3 ? words[1] : undefined;
  const taken = source.definitions.some(({ filter }) => {
    const [, ...rules] = filter?.shape().words ?? [];
    const process = rules.at(-1);
    const [first] = rules.length === 2 ? rules : [];
    return (
      process?.takes === 'process' &&
      process.program === program &&
      (signal === undefined
        ? rules.length === 1
        : first?.takes === 'words' && first.words.includes(signal))
    );
  });
  return taken ? undefined : 'no line takes this signal to a process of that program';
}

/** Behind a prefix the engine needs the program itself, by its full path. */
function takesAbsentProgram(
  command: ObservedCommand,
  { policy, definitions }: PolicySource,
): boolean {
  const inner = innerCommand(command);
  if (inner === undefined || policy.decide(inner.words).outcome !== 'not-executable') return false;
  const context: MatchContext = {
    budget: new PatternBudget(PATTERN_MILLISECONDS),
    path: () => [],
    decideInner: () => ({ matched: true, argv: inner.words, environment: {}, exchangeable: [] }),
  };
  return definitions.some(
    ({ filter }) => filter?.chaining === true && verdictOf(filter, command.words, context).matched,
  );
}
