import type { Plan } from '../exec/plan.js';
import { escapeControls, pythonList } from '../log/escape.js';
import type { Decision, Miss } from './decision.js';

/** A decision laid out for people and for JSON: what was decided, where that stands, and why. */
export interface Explanation {
  readonly outcome: Decision['outcome'];
  /** Name of the filter that decided. */
  readonly filter?: string;
  /** File of that filter. */
  readonly file?: string;
  /** Its line, counted from 1. */
  readonly line?: number;
  /** What would run. */
  readonly plan?: Plan;
  /** The filters that were asked before, with the reason of each. */
  readonly misses: readonly Miss[];
  /** The same in lines for a terminal, control characters escaped. */
  readonly text: string;
}

/** Explains a decision; nothing is decided here again. */
export function explainDecision(words: readonly string[], decision: Decision): Explanation {
  const { outcome, misses } = decision;
  const lines = [headline(words, decision), ...misses.map(describeMiss)];
  const text = lines.map(escapeControls).join('\n');
  if (decision.outcome === 'denied') return { outcome, misses, text };
  const { name: filter, file, line } = decision.filter;
  const plan = decision.outcome === 'allowed' ? { plan: decision.plan } : {};
  return { outcome, filter, file, line, ...plan, misses, text };
}

function headline(words: readonly string[], decision: Decision): string {
  const command = pythonList(words);
  switch (decision.outcome) {
    case 'allowed': {
      const { plan, filter } = decision;
      return `allowed: ${command} runs ${pythonList(plan.argv)} as ${plan.user} (${place(filter)})`;
    }
    case 'not-executable':
      return `not executable: ${decision.exec} is not there (${place(decision.filter)})`;
    case 'denied':
      return decision.misses.length > 0
        ? `denied: ${command}`
        : `denied: ${command}: no filter is about this command`;
  }
}

function describeMiss({ filter, reason, word }: Miss): string {
  return `  ${place(filter)}: ${word === undefined ? reason : `'${word}' ${reason}`}`;
}

function place({ name, file, line }: { name: string; file: string; line: number }): string {
  return line > 0 ? `${file}:${line}: ${name}` : `${name} ${file}`;
}
