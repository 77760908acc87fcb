import { spawnSync } from 'node:child_process';
import { uniqueName } from './accounts.js';

const made: string[] = [];

process.on('exit', () => {
  for (const name of made) spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
});

/** The name of a new network namespace, removed when this process ends. Needs root and iproute2. */
export function networkNamespace(): string {
  const name = uniqueName('tsrw');
  const { status, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip netns add ${name}: ${stderr}`);
  made.push(name);
  return name;
}
