import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, temporaryUser } from './accounts.js';
import { run } from './executable.js';
import { temporaryDirectory } from './policy-files.js';

const made: string[] = [];

process.on('exit', () => {
  for (const file of made) rmSync(file, { force: true });
});

/**
 * A new user whom sudoers lets run exactly this as root. Both go when this process ends.
 *
 * @param defaults options of sudoers(5) for that user
 */
export function sudoer(command: readonly string[], defaults: string): Account {
  const account = temporaryUser();
  const { name } = account;
  const lines = `Defaults:${name} ${defaults}\n${name} ALL=(root) NOPASSWD: ${command.join(' ')}\n`;
  const draft = join(temporaryDirectory(), 'sudoers');
  writeFileSync(draft, lines, { mode: 0o440 });
  const { status, stderr } = run('visudo', ['-cf', draft]);
  if (status !== 0) throw new Error(stderr);
  const file = `/etc/sudoers.d/${name}`;
  made.push(file);
  writeFileSync(file, lines, { mode: 0o440 });
  chmodSync(file, 0o440);
  return account;
}
