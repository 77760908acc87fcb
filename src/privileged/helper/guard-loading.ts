import module from 'node:module';
import workers from 'node:worker_threads';
import * as privileged from '../index.js';
import { Admission } from './admission.js';
import { ownFile } from './own-package.js';
import { admit, UntrustedCodeError } from './trusted-code.js';

type Next<Context, Result> = (subject: string, context: Context) => Result;
interface ResolveContext {
  readonly parentURL?: string | undefined;
}
interface Resolved {
  readonly url: string;
}

/** What Node 22.1 and later have, with the number that says: there is none. */
interface CompileCache {
  enableCompileCache?: () => { readonly status: number };
  readonly constants?: { readonly compileCacheStatus: { readonly DISABLED: number } };
}

/** What Node 22.15 and later have. */
interface SynchronousHooks {
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: ResolveContext,
      next: Next<ResolveContext, Resolved>,
    ): object;
    load(url: string, context: unknown, next: Next<unknown, object>): object;
  }): void;
}

/** The parts of `require` that Node lets programs replace; what type strippers and bundlers do too. */
interface Requiring {
  _resolveFilename(
    request: string,
    parent: { filename?: string } | undefined,
    ...rest: unknown[]
  ): string;
  prototype: { load(this: { exports: unknown; loaded: boolean }, filename: string): void };
}

/**
 * From now on only code that `owners` alone can change is loaded in this process: by import, import()
 * and require, now and later, in worker threads too. What is loaded already stays.
 *
 * @param owners uids
 * @throws when Node was not started so that this can be kept, or this package itself is not theirs
 */
export function guardLoading(owners: readonly number[]): void {
  checkNode();
  admit(import.meta.filename, owners);
  const admission = new Admission(owners);
  const { registerHooks } = module as SynchronousHooks;
  if (registerHooks !== undefined) synchronously(registerHooks, admission);
  else inBothLoaders(admission);
  guardAddons(admission);
  refuseCompileCache();
  guardWorkers(owners);
  module.syncBuiltinESMExports();
}

function checkNode(): void {
  const { features, execArgv, version } = process;
  const requiresModules = (features as { require_module?: boolean }).require_module === true;
  const isHooked = 'registerHooks' in module || !requiresModules;
  if (isHooked && execArgv.includes('--preserve-symlinks')) return;
  throw new Error(
    `Node ${version} was started without the flags that make loading safe; ` +
      'start it with LOADING_FLAGS of src/privileged/contexts/node-flags.ts',
  );
}

function synchronously(
  registerHooks: NonNullable<SynchronousHooks['registerHooks']>,
  admission: Admission,
): void {
  registerHooks({
    resolve(specifier, context, next) {
      const own = admission.ownUrl(specifier);
      if (own !== undefined) return { url: own, shortCircuit: true };
      const found = next(specifier, context);
      return { ...found, url: admission.url(specifier, context.parentURL, found.url) };
    },
    load(url, context, next) {
      // a resolution may have been kept from an earlier time
      admission.url(url, undefined, url);
      return next(url, context);
    },
  });
}

/** Node 20: hooks of the loader of ES modules run in a thread of their own, and not for `require`. */
function inBothLoaders(admission: Admission): void {
  module.register('./loader-thread.js', import.meta.url, { data: { owners: admission.owners } });
  const Requiring = module as unknown as Requiring;
  const { _resolveFilename: find } = Requiring;
  const { load } = Requiring.prototype;
  Requiring._resolveFilename = (request, parent, ...rest) => {
    const own = ownFile(request);
    if (own !== undefined) return own;
    const found = find.call(module, request, parent, ...rest);
    return module.isBuiltin(found) ? found : admission.path(request, parent?.filename, found);
  };
  Requiring.prototype.load = function (filename) {
    if (filename === ownFile('tsrootwrap/privileged')) {
      this.exports = privileged; // an ES module, which this Node may not `require`
      this.loaded = true;
    } else {
      admission.file(filename);
      load.call(this, filename);
    }
  };
}

/** Whatever way an addon is loaded by. */
function guardAddons(admission: Admission): void {
  const { dlopen } = process;
  process.dlopen = (target: object, filename: string, ...rest: number[]) => {
    admission.file(filename);
    return Reflect.apply(dlopen, process, [target, filename, ...rest]);
  };
}

/**
 * V8 runs what a cache has for a file and does not look at the file; and a cache is where a module,
 * TMPDIR or Node's default says, unless the environment says that there is none, which modules can
 * change.
 */
function refuseCompileCache(): void {
  const cache = module as CompileCache;
  const status = cache.constants?.compileCacheStatus.DISABLED;
  if (status !== undefined) cache.enableCompileCache = () => ({ status });
}

/** The variables of a worker thread, which turns its cache on by them before it runs anything. */
function withoutCompileCache(env: unknown): unknown {
  process.env.NODE_DISABLE_COMPILE_CACHE = '1'; // they may be shared
  if (env === workers.SHARE_ENV) return env;
  const own = typeof env === 'object' && env !== null ? env : process.env;
  return { ...own, NODE_DISABLE_COMPILE_CACHE: '1' };
}

/** A worker thread has loaders of its own: it begins by guarding them. */
function guardWorkers(owners: readonly number[]): void {
  const begin = new URL(`./worker-start.js?owners=${owners.join(',')}`, import.meta.url);
  workers.Worker = new Proxy(workers.Worker, {
    construct(Worker, [file, options = {}], target) {
      const { execArgv = process.execArgv } = options;
      const guarded = {
        ...options,
        execArgv: [...execArgv, '--import', begin.href],
        env: withoutCompileCache(options.env),
      };
      if (guarded.eval) {
        // Node begins such a one without what `--import` names
        throw new UntrustedCodeError('a worker thread starts from a file; write its code into one');
      }
      return Reflect.construct(Worker, [file, guarded], target);
    },
  });
}
