/** What the tests of test mode call; nothing of it needs privileges. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, context } from '#src/privileged/index.js';

export const unit = context('unit', { user: 'nobody', gracePeriod: 20 });

export const doublePrivileged = unit.entrypoint(
  { count: { type: 'integer', minimum: 0 } },
  ({ count }) => count * 2,
);

/** What the body got last. */
export const got: { args?: unknown } = {};
export const keepPrivileged = unit.entrypoint(
  {
    list: { type: 'array', items: { type: 'integer' }, optional: true },
    bytes: { type: 'bytes', optional: true },
  },
  (args) => {
    got.args = args;
    return args;
  },
);

/** Returns whatever was put here. */
export const next: { result?: unknown } = {};
export const nextPrivileged = unit.entrypoint({}, () => next.result);

export const namesPrivileged = unit.entrypoint({}, () => next.result as string[], {
  returns: { type: 'array', items: { type: 'string' } },
});

export const failPrivileged = unit.entrypoint({}, () => {
  throw Object.assign(new RangeError('what is wrong'), { code: 'EWRONG', secret: 1 });
});

/** Ends when its signal is aborted. */
const untilAborted = async (_: unknown, { signal }: Call) => {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
};
export const patientPrivileged = unit.entrypoint({}, untilAborted);
export const shortPrivileged = unit.entrypoint({}, untilAborted, { timeout: 10 });

/** Ignores its signal. */
export const deafPrivileged = unit.entrypoint({}, () => sleep(300), { timeout: 10 });

export const logPrivileged = unit.entrypoint({}, (_, { log }) => log.warn('be\nware'));

const holder = { hidden: unit.entrypoint({ count: { type: 'integer' } }, ({ count }) => count) };
export const hidden = () => holder.hidden;
