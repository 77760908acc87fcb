import './wire/node-version.js'; // first: an old Node fails in what follows

export * from './client/index.js';
export { ConfigError } from './config/config-error.js';
export type { DaemonSettings } from './config/daemon-settings.js';
export type { ConfigWarning, RootwrapConf } from './config/rootwrap-conf.js';
export type { CommandPlan, Plan, SignalPlan } from './exec/plan.js';
export type { Allowed, Decision, Denied, Miss, NotExecutable } from './policy/decision.js';
export type { Explanation } from './policy/explain.js';
export type { FilterSource } from './policy/filters/filter.js';
export { Policy } from './policy/policy.js';
