import { join } from 'node:path';
import { escapedPattern } from '../../policy/pattern/literal.js';
import type { DescribedFunction } from '../../privileged/contexts/description.js';
import type { Finding } from '../finding.js';
import type { LoadedModules } from './modules.js';

/** Where something is written: line 0 where its line cannot be told. */
export type Location = Pick<Finding, 'file' | 'line'>;

/** Where a module exports a name. */
export function exportPlace(
  { directory, text }: LoadedModules,
  { module, name }: Pick<DescribedFunction, 'module' | 'name'>,
): Location {
  const word = `(?<![\\w$])${escapedPattern(name)}(?![\\w$])`;
  const source = text(module);
  const line =
    lineOf(source, new RegExp(`^\\s*export\\b.*${word}`, 'u')) ||
    lineOf(source, new RegExp(word, 'u'));
  return { file: join(directory, module), line };
}

/** Where a context is declared; else the first module with a function of it, else the directory. */
export function contextPlace(modules: LoadedModules, name: string): Location {
  const { directory, description, text } = modules;
  const all = [...description.functions, ...description.others];
  const own = description.functions.filter(({ context }) => context === name);
  const declaration = new RegExp(`\\bcontext\\(\\s*(['"\`])${escapedPattern(name)}\\1`);
  for (const module of new Set([...own, ...all].map(({ module }) => module))) {
    const line = lineOf(text(module), declaration);
    if (line > 0) return { file: join(directory, module), line };
  }
  return { file: own[0] === undefined ? directory : join(directory, own[0].module), line: 0 };
}

/** Counted from 1; 0 where no line has it. */
function lineOf(text: string | undefined, pattern: RegExp): number {
  return (text?.split('\n').findIndex((line) => pattern.test(line)) ?? -1) + 1;
}
