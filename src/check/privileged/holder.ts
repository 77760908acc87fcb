import type { ContextDeclaration } from '../../privileged/contexts/declaration.js';
import type { Severity } from '../finding.js';

/** A context as its helper will run: with what the operator says instead. */
export interface Holder {
  readonly declaration: ContextDeclaration;
  /** Whether it may do what its user may not, or is root. */
  readonly isStrong: boolean;
}

export function holderOf(declaration: ContextDeclaration): Holder {
  const { user, capabilities } = declaration;
  return { declaration, isStrong: capabilities.length > 0 || isRoot(user) };
}

export function isRoot(user: string | number): boolean {
  return user === 'root' || user === 0;
}

/** How bad it is that a caller chooses the file that a function of the context works on. */
export function gravityOf({ isStrong }: Holder): Severity {
  return isStrong ? 'high' : 'medium';
}

/** As in 'any file that svc-net with CAP_NET_ADMIN can reach'. */
export function holderShown({ declaration: { user, capabilities } }: Holder): string {
  const held = capabilities.length === 0 ? '' : ` with ${capabilities.join(', ')}`;
  return `${typeof user === 'number' ? `user ${user}` : user}${held}`;
}
