import '../wire/node-version.js'; // first: an old Node fails in what follows

import { carryOtherwiseBy } from './contexts/carrier.js';
import { InheritedSockets } from './service/inherited.js';
import { Service } from './service/service.js';
import { checkOptions, type ServiceOptions } from './service/settings.js';
import { shared } from './wire/shared.js';

export type { Capability } from './contexts/capabilities.js';
export { Context, context } from './contexts/context.js';
export { type ContextOptions, DeclarationError } from './contexts/declaration.js';
export type {
  Body,
  Call,
  CallOptions,
  EntrypointOptions,
  Logger,
  PrivilegedFunction,
} from './contexts/entrypoint.js';
export type { ArgumentSchemas, Arguments, Schema, ValueOf } from './schema/types.js';
export type { HelperEnd, ServiceOptions } from './service/settings.js';
export { FunctionError, PrivilegedError, type PrivilegedErrorCode } from './wire/errors.js';

const service = shared('service', () => new Service(new InheritedSockets(process.env)));
carryOtherwiseBy(service);

/**
 * Says how this service reaches the helpers of its contexts. Called once, before the first call of a
 * privileged function; nothing is started by it.
 *
 * A service that `tsrootwrap-privileged ... -- COMMAND` has started finds its helpers without it, and
 * may still call it for its logger. Contexts that were not started with it go by `config` as anywhere.
 *
 * @example
 * configure({ config: '/etc/app/rootwrap.conf', logger: log });
 *
 * @throws {TypeError} for an option that is unknown, or has an impossible value
 * @throws {Error} when a helper was started before with other settings
 */
export function configure(options: ServiceOptions): void {
  service.configure(checkOptions(options));
}
