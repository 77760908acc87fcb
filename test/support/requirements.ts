import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import { RUNNERS } from './runners.js';

/** What a test may need that not every machine has. */
const CHECKS = {
  root: () => process.geteuid?.() === 0,
  sudo: () => runs('sudo', '-V'),
  doas: () => existsSync('/usr/bin/doas'),
  iproute2: () => runs('ip', '-V'),
  'network namespaces': () => runs('unshare', '-n', 'true'),
  'mount namespaces': () => runs('unshare', '-m', 'true'),
  python3: () => runs('/usr/bin/python3', '-c', ''),
  bash: () => runs('bash', '--version'),
  script: () => runs('script', '--version'),
  setcap: () => existsSync('/sbin/setcap'),
  strace: () => runs('strace', '-f', '-o', '/dev/null', 'true'),
  zsh: () => runs('zsh', '--version'),
  fish: () => runs('fish', '--version'),
  sshd: () => existsSync('/usr/sbin/sshd') && runs('ssh', '-V'),
  'systemd-analyze': () => runs('systemd-analyze', '--version'),
  vitest: () => existsSync(join(RUNNERS, 'vitest')),
  tsx: () => existsSync(join(RUNNERS, 'tsx')),
  bun: () => existsSync(join(RUNNERS, '@oven')),
  'python3-oslo.rootwrap': () => runs('/usr/bin/python3', '-c', 'import oslo_rootwrap'),
} as const;

export type Requirement = keyof typeof CHECKS;

/** A test that says that it skips, and why, where something it needs is missing. */
export function testWith(
  requirements: readonly Requirement[],
  title: string,
  body: () => void | Promise<void>,
): void {
  const missing = requirements.filter((requirement) => !CHECKS[requirement]());
  if (missing.length > 0) console.log(`SKIP: needs ${missing.join(', ')}: ${title}`);
  else test(title, body);
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
