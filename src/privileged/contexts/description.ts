import type { ArgumentSchemas, Schema } from '../schema/types.js';
import type { ContextDeclaration } from './declaration.js';

/** What the modules of a directory say, as JSON on the standard output of a process that loaded them. */
export interface Description {
  readonly contexts: readonly ContextDeclaration[];
  readonly functions: readonly DescribedFunction[];
  /** Exported functions that are no entrypoints: they run in the service, without privileges. */
  readonly others: readonly { readonly module: string; readonly name: string }[];
}

export interface DescribedFunction {
  /** Path from the directory. */
  readonly module: string;
  /** The name of the export. */
  readonly name: string;
  readonly context: string;
  /** Null when the module gave none. */
  readonly args: ArgumentSchemas | null;
  readonly returns: Schema | null;
  /** Milliseconds. */
  readonly timeout: number | null;
}
