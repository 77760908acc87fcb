export { ConfigError } from './config/config-error.js';
export type { CommandPlan, Plan, SignalPlan } from './exec/plan.js';
