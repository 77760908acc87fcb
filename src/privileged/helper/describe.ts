import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { posix } from '../../posix/addon.js';
import { carryBy, describeOnly } from '../contexts/carrier.js';
import { declaredContexts } from '../contexts/context.js';
import type { DescribedFunction, Description } from '../contexts/description.js';
import type { Entrypoint } from '../contexts/entrypoint.js';
import { consoleTo } from './console.js';
import { guardLoading } from './guard-loading.js';
import { InHelperCarrier } from './in-helper-carrier.js';
import { loadModules } from './load-modules.js';

const [INPUT, OUTPUT] = [0, 1];

/**
 * Prints what the modules of a directory declare and export, and ends the process. Whatever modules
 * print when they are loaded goes to standard error. The end of a pipe on standard input is our own:
 * whoever asked has gone.
 *
 * @param trustUser this process's user may own modules too, besides root
 */
export async function describe(directory: string, trustUser: boolean): Promise<void> {
  posix.watchdog(INPUT, 0);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  Object.defineProperty(process, 'stdout', { value: process.stderr });
  consoleTo({ debug: say, info: say, warn: say, error: say });
  guardLoading(trustUser ? [0, process.geteuid?.() ?? 0] : [0]);
  describeOnly();
  carryBy(nobody);
  const description = await descriptionOf(resolve(directory));
  writeFileSync(OUTPUT, JSON.stringify(description));
  process.exit(); // whatever the modules may have begun
}

/** Calls that modules make while they are loaded reach nothing. */
const nobody = new InHelperCarrier(new Map(), {
  debug: false,
  logger: () => console,
  overdue: () => {},
});

async function descriptionOf(directory: string): Promise<Description> {
  const functions: DescribedFunction[] = [];
  const others: { module: string; name: string }[] = [];
  for (const { entrypoint, module, name } of await loadModules(directory)) {
    if (entrypoint === undefined) others.push({ module, name });
    else functions.push(described(module, name, entrypoint));
  }
  const contexts = declaredContexts().map(({ declaration }) => declaration);
  return { contexts, functions, others };
}

function described(
  module: string,
  name: string,
  { context, args, returns, timeout }: Entrypoint,
): DescribedFunction {
  return {
    module,
    name,
    context: context.name,
    args: args ?? null,
    returns: returns ?? null,
    timeout: timeout ?? null,
  };
}
