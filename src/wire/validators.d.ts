/** Made by scripts/validators.js from schemas.ts. */
import type { FromDaemon, ToDaemon } from './messages.js';

/** What a validator found last, with the place of it in the message. */
export interface Finding {
  readonly instancePath: string;
  readonly message?: string;
}

interface Validator<T> {
  (value: unknown): value is T;
  readonly errors?: readonly Finding[] | null;
}

/** Text, or base64 as oslo_rootwrap.jsonrpc writes bytes. */
export type TextOrBytes = string | { readonly __bytes__: string };

export type OsloRequest = readonly [
  id: string | null,
  method: string,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
];

export type OsloRun = readonly [words: readonly TextOrBytes[], stdin?: TextOrBytes | null];

export const isToDaemon: Validator<ToDaemon>;
export const isFromDaemon: Validator<FromDaemon>;
export const isOsloRequest: Validator<OsloRequest>;
export const isOsloRun: Validator<OsloRun>;
