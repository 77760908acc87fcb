import { VERSION } from '../../wire/version.js';

/**
 * What all copies of this package in a process have in common. A bundle of a service has one, and the
 * privileged modules beside it import another: what is declared and configured through one has to be
 * there for the other. Copies of different versions share nothing.
 *
 * @param make what it is, for the copy that asks first
 */
export function shared<Value extends object>(name: string, make: () => Value): Value {
  const key = Symbol.for(`tsrootwrap ${VERSION} ${name}`);
  const known: unknown = Reflect.get(globalThis, key);
  if (known !== undefined) return known as Value;
  const value = make();
  Object.defineProperty(globalThis, key, { value });
  return value;
}
