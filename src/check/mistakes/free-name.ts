import type { PolicySource } from '../../policy/policy-source.js';

const taken = new WeakMap<PolicySource, Set<string>>();

/** A name for one more line like that one: no line of the file has it, and it is given out once. */
export function freeName(source: PolicySource, file: string, name: string): string {
  const names = taken.get(source) ?? namesOf(source);
  taken.set(source, names);
  let number = 2;
  while (names.has(`${file}\0${name}_${number}`)) number++;
  const free = `${name}_${number}`;
  names.add(`${file}\0${free}`);
  return free;
}

function namesOf({ definitions }: PolicySource): Set<string> {
  return new Set(definitions.map(({ source: { file, name } }) => `${file}\0${name}`));
}
