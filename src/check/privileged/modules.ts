import { join } from 'node:path';
import type { RootwrapConf } from '../../config/rootwrap-conf.js';
import type { Description } from '../../privileged/contexts/description.js';

/** The privileged modules of a configuration, for those who judge them. */
export interface Modules {
  /** Their directory, absolute. */
  readonly directory: string;
  /** What they say; an error when they could not be loaded. */
  readonly description: Description | Error;
  /** The text of a module, by its path from the directory; undefined where it cannot be read. */
  readonly text: (module: string) => string | undefined;
}

/** Modules that could be loaded. */
export interface LoadedModules extends Modules {
  readonly description: Description;
}

/** What rootwrap.conf says about contexts. */
export type OperatorSections = Pick<RootwrapConf, 'file' | 'sections'>;

/** The directory and the files that findings can be about. */
export function filesOf({ directory, description }: Modules): string[] {
  if (description instanceof Error) return [directory];
  const modules = [...description.functions, ...description.others].map(({ module }) => module);
  return [directory, ...new Set(modules.map((module) => join(directory, module)))];
}
