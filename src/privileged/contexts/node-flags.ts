import module from 'node:module';

/**
 * What Node has to be started with, on its command line, for a process that loads privileged modules.
 * Links then reach the loading hooks as the module wrote them, so that every one on the way is judged;
 * and where hooks are not asked about what `require` of an ES module loads (Node 20), there is none.
 */
export const LOADING_FLAGS: readonly string[] =
  'registerHooks' in module
    ? ['--preserve-symlinks']
    : ['--preserve-symlinks', '--no-experimental-require-module'];
