import { pythonList } from './escape.js';

/** The words of oslo.rootwrap, which people and programs look for in logs. */
export function unauthorized(words: readonly string[], why = 'no filter matched'): string {
  return `Unauthorized command: ${words.join(' ')} (${why})`;
}

/** @param filter name of the filter that matched */
export function notFound(exec: string, filter: string): string {
  return `Executable not found: ${exec} (filter match = ${filter})`;
}

export function executing(
  caller: string,
  plan: { readonly user: string; readonly argv: readonly string[] },
  filter: string,
): string {
  return `(${caller} > ${plan.user}) Executing ${pythonList(plan.argv)} (filter match = ${filter})`;
}
