import { ConfigError } from '../../config/config-error.js';
import { type ContextOverrides, contextOverrides } from '../../config/context-overrides.js';
import type { ContextDeclaration } from '../../privileged/contexts/declaration.js';
import type { Finding } from '../finding.js';
import type { Location } from './locate.js';
import type { OperatorSections } from './modules.js';

/** Keys that only a section about a context has. */
const KEYS: ReadonlySet<string> = new Set([
  'user',
  'group',
  'groups',
  'capabilities',
  'max_result',
]);

/** Sections that look as if they were about a context, and are about none. */
export function strayedSections(
  { file, sections }: OperatorSections,
  contexts: readonly ContextDeclaration[],
): Finding[] {
  const names = contexts.map(({ name }) => name);
  return [...sections].flatMap(([name, entries]): Finding[] => {
    const entry = entries.find(({ key }) => KEYS.has(key));
    if (names.includes(name) || entry === undefined) return [];
    const listed = names.length === 0 ? 'no context at all' : names.join(', ');
    return [
      {
        rule: 'privileged-section',
        severity: 'medium',
        file,
        line: entry.line,
        filter: name,
        problem: `no module declares a context ${name}; there is ${listed}`,
        instead: 'mend the name of the section, or remove it',
      },
    ];
  });
}

/** What the operator says about a context, and where; or that it cannot be used. */
export interface Operator {
  readonly overrides: ContextOverrides;
  readonly places: ReadonlyMap<string, Location>;
  readonly findings: readonly Finding[];
}

export function operatorOf(conf: OperatorSections | undefined, name: string): Operator {
  const nothing = { overrides: {}, places: new Map(), findings: [] };
  if (conf === undefined) return nothing;
  const { file, sections } = conf;
  try {
    const lines = (sections.get(name) ?? []).map(({ key, line }) => [key, { file, line }] as const);
    return { overrides: contextOverrides(conf, name), places: new Map(lines), findings: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { line, problem } = error;
    const finding = {
      rule: 'privileged-bad-section',
      severity: 'high',
      file,
      line,
      problem,
    } as const;
    return { ...nothing, findings: [{ ...finding, filter: name }] };
  }
}
