/** The functions that fake helpers know, as a module of a service has them. */
import { type CallOptions, context } from '#src/privileged/index.js';

export const net = context('net', { user: 'nobody', gracePeriod: 50 });

type AnyFunction = (args?: Record<string, unknown>, options?: CallOptions) => Promise<unknown>;

const fake = () =>
  net.entrypoint({}, (): unknown => {
    throw new Error('this body runs in a helper, and this is a service');
  }) as AnyFunction;

export const echo = fake();
export const given = fake();
export const pid = fake();
export const command = fake();
export const most = fake();
export const nothing = fake();
export const fail = fake();
export const refuse = fake();
export const gather = fake();
export const wait = fake();
export const deaf = fake();
export const finish = fake();
export const unasked = fake();
export const die = fake();
export const exit = fake();
export const complain = fake();
export const fatal = fake();
export const hangUp = fake();
export const garbage = fake();
export const noJson = fake();
export const noMessage = fake();
export const secondReady = fake();
export const unknownId = fake();
export const badPlace = fake();
export const proto = fake();
export const cutOff = fake();
export const log = fake();
export const say = fake();
export const flood = fake();
export const sleep = fake();
