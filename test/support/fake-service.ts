import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { carryBy } from '#src/privileged/contexts/carrier.js';
import type { Logger } from '#src/privileged/contexts/entrypoint.js';
import { PrivilegedError, type PrivilegedErrorCode } from '#src/privileged/index.js';
import { Service } from '#src/privileged/service/service.js';
import { checkOptions, type ServiceOptions } from '#src/privileged/service/settings.js';

const PROGRAM = join(import.meta.dirname, 'fake-helper.js');

/** What is configured so that a fake helper is started. */
export function fakeOptions(...behaviour: string[]): ServiceOptions {
  return { config: '/etc/app/rootwrap.conf', command: [process.execPath, PROGRAM, ...behaviour] };
}

/** A service of this process, with what its logger was told. */
export interface FakeService {
  readonly service: Service;
  /** `warn net: message`. */
  readonly lines: string[];
}

/** Until `body` is over, calls in this process go to a fake helper. */
export async function withFake(
  behaviour: string[],
  body: (fake: FakeService) => Promise<void>,
  options: ServiceOptions = {},
): Promise<void> {
  const lines: string[] = [];
  const service = new Service();
  service.configure(
    checkOptions({ logger: linesTo(lines), ...fakeOptions(...behaviour), ...options }),
  );
  const former = carryBy(service);
  try {
    await body({ service, lines });
  } finally {
    carryBy(former);
    await service.stopAll();
  }
}

export function linesTo(lines: string[]): Logger {
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What a promise is rejected with, which has to be a PrivilegedError of this code. */
export async function refusal(
  promise: Promise<unknown>,
  code: PrivilegedErrorCode = 'ERR_PRIVILEGED_HELPER',
): Promise<PrivilegedError> {
  const error = await rejection(promise);
  assert.instance(error, PrivilegedError, String(error));
  assert.is((error as PrivilegedError).code, code, String(error));
  return error as PrivilegedError;
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`not rejected: ${JSON.stringify(value)}`);
}
