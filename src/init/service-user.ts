import { quote } from '../config/quote.js';
import { posix } from '../posix/addon.js';
import { InitRefused } from './refusal.js';

/** Words that sudoers(5) takes for the start of another kind of line. */
const OTHER_LINES = /^(?:Defaults|(?:User|Runas|Host|Cmnd|Cmd)_Alias|include|includedir)$/;

/** sudoers(5) takes a name in capitals for an alias, ALL among them. */
const ALIAS = /^[A-Z][A-Z0-9_]*$/;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/**
 * Whether a name means exactly one user in sudoers, who is not root.
 *
 * @throws {InitRefused} when it does not
 */
export function checkServiceUser(name: string): void {
  if (!PLAIN.test(name) || ALIAS.test(name) || OTHER_LINES.test(name)) {
    throw new InitRefused(
      `${quote(name)} does not stand for one user in sudoers; name a user of letters, digits, \`_\`, \`.\` and \`-\`, not all in capitals`,
    );
  }
  const user = posix.lookupUser(name);
  if (user === undefined) {
    throw new InitRefused(
      `there is no user ${name}; make it first, as in \`useradd --system ${name}\`, or leave --user out and write the name into the sudoers file later`,
    );
  }
  if (user.uid === 0) {
    throw new InitRefused(`${name} is root, who needs no sudo; name the service's own user`);
  }
}
