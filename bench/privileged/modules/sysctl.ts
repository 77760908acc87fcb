import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { context } from 'tsrootwrap/privileged';

export const net = context('net', { user: 'root', capabilities: ['CAP_NET_ADMIN'] });

const DEVICE = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,14}$' } as const;

export const nothingPrivileged = net.entrypoint({ bridge: DEVICE }, () => {});

/** Takes so many milliseconds. */
export const slowPrivileged = net.entrypoint(
  { milliseconds: { type: 'integer', minimum: 0, maximum: 1000 } },
  ({ milliseconds }) => delay(milliseconds),
);

export const acceptRedirectsPrivileged = net.entrypoint(
  { device: DEVICE, value: { enum: ['0', '1'] } },
  ({ device, value }) => writeFileSync(`/proc/sys/net/ipv4/conf/${device}/accept_redirects`, value),
);
