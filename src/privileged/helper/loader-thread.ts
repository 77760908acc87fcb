/** The hooks of Node 20's loader of ES modules, which run in a thread of their own. */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { Admission } from './admission.js';

let admission = new Admission([]); // nobody's

export const initialize: InitializeHook<{ owners: readonly number[] }> = ({ owners }) => {
  admission = new Admission(owners);
};

export const resolve: ResolveHook = async (specifier, context, next) => {
  const own = admission.ownUrl(specifier);
  if (own !== undefined) return { url: own, shortCircuit: true };
  const found = await next(specifier, context);
  return { ...found, url: admission.url(specifier, context.parentURL, found.url) };
};

export const load: LoadHook = async (url, context, next) => {
  admission.url(url, undefined, url);
  return next(url, context);
};
