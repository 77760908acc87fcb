import { type ContextOverrides, contextOverrides } from '../../config/context-overrides.js';
import type { RootwrapConf } from '../../config/rootwrap-conf.js';
import type { ProcessImage } from '../../posix/addon.js';
import type { Assignment } from '../contexts/assignment.js';
import type { ContextDeclaration } from '../contexts/declaration.js';
import { resultLimits } from '../contexts/result-limits.js';
import { type DescribeOptions, describeModules } from './describe.js';
import { helperCommand, madeEnvironment } from './helper-program.js';
import { resolveHoldings } from './holdings.js';
import { modulesDirectory } from './modules-directory.js';
import { missingCapabilities } from './own-capabilities.js';
import { StartError, UnknownContextError } from './start-error.js';

/** A helper that can be started: everything that may be wrong has been looked at. */
export interface PreparedHelper {
  readonly declaration: ContextDeclaration;
  /** Its process, but for the descriptors. */
  readonly image: ProcessImage;
}

/**
 * Reads the modules and prepares the helpers of some contexts.
 *
 * @throws {StartError} about the modules and accounts, UnknownContextError, ConfigError about a
 * context's section
 */
export async function prepareHelpers(
  conf: RootwrapConf,
  contexts: readonly string[],
  options: DescribeOptions = {},
): Promise<PreparedHelper[]> {
  if (conf.privilegedModules === undefined) {
    throw new StartError(
      `${conf.file}: privileged_modules is missing; write \`privileged_modules = DIRECTORY\` under [DEFAULT]`,
    );
  }
  const directory = modulesDirectory(conf.privilegedModules);
  const { contexts: declared } = await describeModules(directory, options);
  return contexts.map((name) => {
    const declaration = declared.find((context) => context.name === name);
    if (declaration === undefined) {
      const known = declared.map((context) => context.name).join(', ') || 'none';
      throw new UnknownContextError(
        `there is no context ${name} in ${directory}; its modules declare ${known}`,
      );
    }
    return prepare(declaration, contextOverrides(conf, name), conf.file, directory);
  });
}

function prepare(
  module: ContextDeclaration,
  { debug = false, maxResult, ...overrides }: ContextOverrides,
  file: string,
  directory: string,
): PreparedHelper {
  const declaration: ContextDeclaration = { ...module, ...overrides };
  const said = (key: keyof ContextOverrides) =>
    key in overrides ? `[${module.name}] of ${file}` : `the module in ${directory}`;
  const { holds, account } = resolveHoldings(declaration, said);
  const missing = missingCapabilities(declaration.capabilities);
  if (missing.length > 0) {
    throw new StartError(
      `context ${module.name}: root itself does not have ${missing.join(', ')} here, as in many containers; give it to whatever starts this, or correct \`capabilities\` in ${said('capabilities')}`,
    );
  }
  const overridden = Object.keys(overrides);
  const limits = resultLimits(module.maxResult, maxResult);
  const assignment: Assignment = {
    directory,
    declaration,
    overridden,
    holds,
    resultLimits: limits,
    debug,
  };
  const { uid, gid, groups, capabilities, umask } = holds;
  return {
    declaration,
    image: {
      ...helperCommand('serve', JSON.stringify(assignment)),
      environment: madeEnvironment(account.home, account.name),
      credentials: { uid, gid, groups },
      privileges: { capabilities, umask },
    },
  };
}
