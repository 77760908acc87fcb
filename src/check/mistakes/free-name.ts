import type { PolicySource } from '../../policy/policy-source.js';

interface Names {
  readonly taken: Set<string>;
  /** The last number that was given out behind a name. */
  readonly numbers: Map<string, number>;
}

const known = new WeakMap<PolicySource, Names>();

/** A name for one more line like that one: no line of the file has it, and it is given out once. */
export function freeName(source: PolicySource, file: string, name: string): string {
  const { taken, numbers } = known.get(source) ?? namesOf(source);
  const key = `${file}\0${name}`;
  let number = (numbers.get(key) ?? 1) + 1;
  while (taken.has(`${key}_${number}`)) number++;
  numbers.set(key, number);
  return `${name}_${number}`;
}

function namesOf(source: PolicySource): Names {
  const taken = source.definitions.map(({ source: { file, name } }) => `${file}\0${name}`);
  const names = { taken: new Set(taken), numbers: new Map<string, number>() };
  known.set(source, names);
  return names;
}
