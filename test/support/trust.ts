import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '#src/check/finding.js';
import { checkTrust, type TrustOptions } from '#src/check/trust/check-trust.js';
import type { Installation } from '#src/check/trust/installation.js';
import { TRUST_RULES } from '#src/check/trust/rules.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { type PolicyFiles, policyFiles, script } from './policy-files.js';

/** Somebody who is not root. */
export const STRANGER = 65_534;

/** No installation at all: what is installed here is no business of these tests. */
export const NO_INSTALLATION: Installation = { launchers: [], nodeDirectories: [] };

/** A policy with one program, of which everything is as it should be. */
export function soundPolicy(filters = 'say: CommandFilter, say, root', settings = ''): PolicyFiles {
  const files = policyFiles(filters, `exec_dirs = bin\n${settings}`);
  chmodSync(files.directory, 0o755);
  script(join(files.bin, 'say'));
  return files;
}

/** What is found about a policy; each rule must be in the table. */
export function trust(config: string, options: TrustOptions = {}): Finding[] {
  const findings = checkTrust(readPolicySource(config), {
    installation: NO_INSTALLATION,
    ...options,
  });
  for (const { rule } of findings) {
    if (!(rule in TRUST_RULES)) throw new Error(`${rule} is not in TRUST_RULES`);
  }
  return findings;
}

/** Rule, severity and file of each finding, the file without the directory in front. */
export function brief(findings: readonly Finding[], directory: string): string[] {
  return findings.map(({ rule, severity, file }) => {
    const short = file.startsWith(directory) ? file.slice(directory.length) || '.' : file;
    return `${severity} ${rule} ${short}`;
  });
}

export function giveAway(path: string, mode?: number): void {
  chownSync(path, STRANGER, STRANGER);
  if (mode !== undefined) chmodSync(path, mode);
}
