import { attacksOn } from '../check/attacks/check-attacks.js';
import { SEVERITIES, type Severity } from '../check/finding.js';
import type { Plan } from '../exec/plan.js';
import { callForm } from '../policy/filters/call-form.js';
import { baseName, type Filter } from '../policy/filters/filter.js';
import type { Candidates } from './candidates.js';
import type { Difference } from './difference.js';
import type { Evidence, Example } from './evidence.js';
import type { Side } from './supposed-policy.js';

/** Forms of other filters that one sentence tells, and how much of each. */
const MOST_FORMS = 2;
const LONGEST_FORM = 200;

interface Sides {
  readonly old: Side;
  readonly new: Side;
}

/** What sentences about differences are made from. */
export class Telling {
  readonly #keys = new Map<Side, ReadonlySet<string>>();

  constructor(
    readonly candidates: Candidates,
    readonly sides: Sides,
  ) {}

  /** How the program may be called by the other policy: first by lines that this one lacks. */
  formsOn(side: Side, filter: Filter, other: Side): string {
    const all = this.candidates.ofProgram(filter, side);
    const lost = all.filter((one) => !this.has(other, side.keys.get(one)));
    const told = lost.length > 0 ? lost : all;
    if (told.length === 0) return 'not at all';
    const forms = new Set(told.slice(0, MOST_FORMS).map((one) => cut(callForm(one))));
    const more = told.length > MOST_FORMS ? `, and ${told.length - MOST_FORMS} more` : '';
    return `${[...forms].join(', or ')}${more}`;
  }

  /** Whether a side has a line that says the same. */
  has(side: Side, key: string | undefined): boolean {
    const known = this.#keys.get(side) ?? new Set(side.keys.values());
    this.#keys.set(side, known);
    return key !== undefined && known.has(key);
  }
}

/** The difference that an evidence shows, in words. */
export function differenceOf(evidence: Evidence, telling: Telling): Difference {
  const { direction, filter, missing } = evidence;
  const { sides } = telling;
  const severity = direction === 'forbidden' ? undefined : severityOf(filter, sides.new);
  return {
    direction,
    program: baseName(filter.exec),
    filter: filter.source,
    user: filter.user,
    words: wordsOf(evidence, telling),
    ...(severity !== undefined && { severity }),
    attack: evidence.examples.some(({ kind }) => kind === 'attack'),
    examples: evidence.examples.map((example) => shown(example)),
    missing,
  };
}

function severityOf(filter: Filter, { policy }: Side): Severity | undefined {
  const found = attacksOn({ source: filter.source, words: [], filter }, policy);
  return SEVERITIES.find((level) => found.some(({ severity }) => severity === level));
}

function wordsOf({ direction, filter, examples }: Evidence, telling: Telling): string {
  const { sides } = telling;
  const form = cut(callForm(filter));
  const [here, there] = direction === 'forbidden' ? [sides.old, sides.new] : [sides.new, sides.old];
  const isInBoth = telling.has(there, here.keys.get(filter));
  switch (direction) {
    case 'allowed':
      if (isInBoth) return `${form}; the line is the same as before, what it works with is not`;
      return `${form}; before: ${telling.formsOn(sides.old, filter, sides.new)}`;
    case 'forbidden':
      if (isInBoth) return `${form}; the line is still there, what it worked with is not`;
      return `${form}; now: ${telling.formsOn(sides.new, filter, sides.old)}`;
    case 'changed':
      return `${form}; ${examples[0] === undefined ? '' : changeIn(examples[0])}`;
  }
}

/** What is different about the way in which a command runs. */
function changeIn({ old, new: decided }: Example): string {
  if (old.outcome !== 'allowed' || decided.outcome !== 'allowed') return '';
  const [was, is] = [old.plan, decided.plan];
  const told: string[] = [];
  if (was.user !== is.user) told.push(`as ${is.user}, before as ${was.user}`);
  if (doing(was) !== doing(is)) told.push(`${doing(is)}, before ${doing(was)}`);
  else if (was.argv.join('\0') !== is.argv.join('\0')) {
    told.push(`with ${JSON.stringify(is.argv)}, before with ${JSON.stringify(was.argv)}`);
  }
  if (setting(was) !== setting(is)) told.push(`${setting(is)}, before ${setting(was)}`);
  return told.join('; ');
}

function doing(plan: Plan): string {
  return plan.kind === 'signal' ? 'the engine sends the signal itself' : `runs ${plan.file}`;
}

function setting(plan: Plan): string {
  const names = plan.kind === 'command' ? Object.keys(plan.environment) : [];
  return names.length === 0 ? 'sets no variable' : `sets ${names.join(', ')}`;
}

/** A supposed process is told as one: its number means nothing. */
function shown({ words, old, new: decided }: Example): readonly string[] {
  const plan = [old, decided].flatMap((one) => (one.outcome === 'allowed' ? one.plan : []));
  const signal = plan.find(({ kind }) => kind === 'signal');
  if (signal?.kind !== 'signal') return words;
  return words.map((word, index) =>
    index === words.length - 1 ? `PID-of-${signal.program}` : word,
  );
}

function cut(form: string): string {
  return form.length <= LONGEST_FORM ? form : `${form.slice(0, LONGEST_FORM)}...`;
}
