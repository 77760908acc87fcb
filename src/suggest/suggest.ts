import { atLeast, type Finding, SEVERITIES } from '../check/finding.js';
import { type PolicySource, policySourceOf } from '../policy/policy-source.js';
import { dangerOf } from './danger.js';
import type { Declined, Draft } from './draft.js';
import { draftFilters } from './draft-filters.js';
import { groupBy } from './group-by.js';
import type { ObservedCommand } from './observed-command.js';
import { whyUncovered } from './prove.js';
import { filterFile, type NamedDraft, named } from './write-filters.js';

/** What is known against the filters of a file. */
export type Judge = (source: PolicySource) => readonly Finding[];

export interface Suggestion {
  readonly filters: readonly NamedDraft[];
  readonly declined: readonly Declined[];
  /** The filter file, which the engine has read. */
  readonly text: string;
  /** What is above low and about no single line. */
  readonly others: readonly Finding[];
}

/** Where the lines stand in what is said of them. */
const PLACE = 'suggested.filters';
const DANGER = 'DANGER: ';

export interface SuggestOptions {
  /** Comments at the top of the file. */
  readonly heading?: readonly string[];
  /** Lines that are attacks by their very words are written, and marked; else they are declined. */
  readonly dangerous?: boolean;
}

/**
 * Writes the narrowest readable filters for commands.
 *
 * A line against which the judge has more than a low finding, or by which the engine does not take what
 * it was written for, is replaced by a narrower one, and declined where there is none. What is returned
 * was read by the engine as it is, and takes every command that is not declined.
 */
export function suggest(
  commands: readonly ObservedCommand[],
  judge: Judge,
  { heading = [], dangerous = false }: SuggestOptions = {},
): Suggestion {
  const { drafts, declined } = draftFilters(commands);
  let left = marked(named(drafts), dangerous);
  const refused = [...declined];
  for (;;) {
    const text = filterFile(heading, left, inOrder(refused));
    const source = policySourceOf(text, PLACE);
    const findings = left.length === 0 ? new Map<string, Finding[]>() : findingsIn(source, judge);
    const objections = objectionsTo(left, source, findings, dangerous);
    if (objections.size === 0) {
      const others = [...findings.values()].flat();
      return { filters: left, declined: inOrder(refused), text, others };
    }
    const next: Draft[] = [];
    for (const draft of left) {
      const objection = objections.get(draft.name);
      if (objection === undefined) {
        next.push(draft);
        continue;
      }
      const narrower = draft.narrower?.() ?? [];
      if (narrower.length > 0) next.push(...narrower);
      else {
        const { uncovered, reason, finding } = objection;
        const kept = draft.commands.filter((command) => !uncovered.has(command));
        refused.push({ commands: [...uncovered], reason, ...(finding && { draft }) });
        if (kept.length > 0) next.push({ ...draft, commands: kept });
      }
    }
    left = marked(named(next), dangerous);
  }
}

/** Each line that is an attack says so, once. */
function marked(drafts: readonly NamedDraft[], dangerous: boolean): NamedDraft[] {
  if (!dangerous) return [...drafts];
  return drafts.map((draft) => {
    const danger = dangerOf(draft);
    const note = `${DANGER}${danger}`;
    if (danger === undefined || draft.notes.includes(note)) return draft;
    return { ...draft, notes: [note, ...draft.notes] };
  });
}

interface Objection {
  readonly reason: string;
  /** The commands that it keeps the line from taking. */
  readonly uncovered: ReadonlySet<ObservedCommand>;
  /** Whether the line itself is what is wrong. */
  readonly finding: boolean;
}

/** What is above low, the worst first, by the names of the lines. */
function findingsIn(source: PolicySource, judge: Judge): Map<string | undefined, Finding[]> {
  const names = new Map(source.definitions.map(({ source }) => [source.line, source.name]));
  const nameOf = ({ filter, line }: Finding) => filter ?? names.get(line);
  const findings = judge(source)
    .filter(({ severity }) => atLeast(severity, 'medium'))
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const groups = groupBy(findings, (finding) => nameOf(finding) ?? '');
  return new Map(groups.map((group) => [nameOf(group[0] as Finding), [...group]]));
}

/** By the names of the lines. */
function objectionsTo(
  drafts: readonly NamedDraft[],
  source: PolicySource,
  findings: ReadonlyMap<string | undefined, readonly Finding[]>,
  dangerous: boolean,
): Map<string, Objection> {
  const objections = new Map<string, Objection>();
  for (const draft of drafts) {
    const { name, commands } = draft;
    const [finding] = findings.get(name) ?? [];
    const reason = finding === undefined ? refusalOf(draft, dangerous) : reasonOf(finding);
    if (reason !== undefined) {
      objections.set(name, { reason, uncovered: new Set(commands), finding: true });
      continue;
    }
    const uncovered = commands.filter(
      (command) => whyUncovered(command, source, name) !== undefined,
    );
    const [first] = uncovered;
    if (first !== undefined) {
      const reason = whyUncovered(first, source, name) ?? '';
      objections.set(name, { reason, uncovered: new Set(uncovered), finding: false });
    }
  }
  return objections;
}

function refusalOf(draft: Draft, dangerous: boolean): string | undefined {
  const danger = dangerous ? undefined : dangerOf(draft);
  return danger && `${danger}; find out who calls that (--dangerous writes the line all the same)`;
}

function reasonOf({ rule, severity, problem, gets }: Finding): string {
  const attack = gets === undefined ? '' : `: an attacker ${gets}`;
  return `check finds ${rule} (${severity}) in the line for it: ${problem}${attack}`;
}

/** One entry for each reason and program, in an order that depends on nothing else. */
function inOrder(declined: readonly Declined[]): Declined[] {
  const groups = groupBy(declined, ({ reason, draft, commands }) =>
    JSON.stringify([commands[0]?.words[0], reason, draft?.definition]),
  );
  return groups
    .map(([first, ...others]) => ({
      ...(first as Declined),
      commands: [first, ...others].flatMap((entry) => entry?.commands ?? []),
    }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ commands, reason }: Declined): string {
  return JSON.stringify([commands.map(({ words }) => words).sort()[0], reason]);
}
