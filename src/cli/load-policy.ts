import { ConfigError } from '../config/config-error.js';
import { Log } from '../log/log.js';
import { complain } from '../log/standard-error.js';
import { Policy } from '../policy/policy.js';

/** The policy of a configuration; undefined, with a complaint, when that is wrong. */
export function loadPolicy(name: string, file: string): Policy | undefined {
  try {
    return Policy.load(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    complain(name, error.message);
    return undefined;
  }
}

/** The log that a policy asks for, which is told first what looks mistaken in the policy. */
export function openLog(name: string, policy: Policy, serving = false): Log {
  const log = new Log(name, policy.config, serving);
  warnOf(policy, log);
  return log;
}

/** Tells what looks mistaken in a policy. */
export function warnOf(policy: Policy, log: Log): void {
  for (const { file, line, problem } of policy.warnings) log.warning(`${file}:${line}: ${problem}`);
}
