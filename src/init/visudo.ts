import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Not looked for in PATH: what is checked here is meant for root. */
const PLACES = ['/usr/sbin/visudo', '/usr/local/sbin/visudo', '/usr/bin/visudo', '/sbin/visudo'];

/** Milliseconds. */
const LONGEST = 20_000;

/** What `visudo -c` says about the text of a sudoers file. */
export type SudoersCheck =
  | { readonly outcome: 'right' }
  | { readonly outcome: 'wrong'; readonly problem: string }
  /** There is no visudo, or it did not run. */
  | { readonly outcome: 'unknown'; readonly problem: string };

/** Has visudo read the text; no file is involved. */
export function checkSudoers(text: string, places: readonly string[] = PLACES): SudoersCheck {
  const visudo = places.find((place) => existsSync(place));
  if (visudo === undefined) return { outcome: 'unknown', problem: 'there is no visudo' };
  const { status, error, stdout, stderr } = spawnSync(visudo, ['-c', '-f', '-'], {
    input: text,
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    timeout: LONGEST,
  });
  if (status === 0) return { outcome: 'right' };
  const problem = error?.message ?? `${stdout}${stderr}`.trim();
  return { outcome: status === null ? 'unknown' : 'wrong', problem };
}
