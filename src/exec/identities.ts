import { type Identity, identityOf } from './identity.js';

/** Milliseconds; a user's groups may have changed since, and asking takes as long as a decision. */
const FRESH = 1000;

/** Identities of users, looked up again after a second. */
export class Identities {
  readonly #known = new Map<string, { readonly identity: Identity; readonly until: number }>();

  /** @throws UnknownUserError */
  of(name: string): Identity {
    const now = performance.now();
    const known = this.#known.get(name);
    if (known !== undefined && now < known.until) return known.identity;
    this.#known.delete(name);
    const identity = identityOf(name);
    this.#known.set(name, { identity, until: now + FRESH });
    return identity;
  }
}
