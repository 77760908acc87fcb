import { areWords, isUserName } from './observed-command.js';

/** A record of one command. */
export interface JsonCommand {
  readonly words: readonly string[];
  readonly refused: boolean;
  readonly user: string;
  readonly program?: string;
}

/** The outcomes of the file that `observe` names and of `tsrootwrapctl batch --json`. */
const ALLOWED: readonly unknown[] = [undefined, 'allowed', 'ran', 'not-started', 'lost'];
const REFUSED: readonly unknown[] = ['denied', 'not-executable', 'not-run'];

/**
 * A line of the file that `observe` names, of `batch --json`, or any object with `command`.
 *
 * @returns undefined for a line that is none; and for one whose words are not those of the caller
 */
export function readJsonLine(text: string): JsonCommand | undefined {
  const record = parsed(text);
  if (record === undefined || record.inexact !== undefined) return undefined;
  const { command, outcome } = record;
  if (!Array.isArray(command) || !areWords(command)) return undefined;
  const refused = REFUSED.includes(outcome);
  if (!refused && !ALLOWED.includes(outcome)) return undefined;
  const plan = isRecord(record.plan) ? record.plan : {};
  const user = plan.user ?? record.user ?? 'root';
  if (!isUserName(user)) return undefined;
  const { program } = plan;
  const words: string[] = [...command];
  return { words, refused, user, ...(typeof program === 'string' && { program }) };
}

/** The message of a line of `journalctl -o json`. */
export function journalMessage(text: string): string | undefined {
  const record = parsed(text);
  if (record === undefined) return undefined;
  const { MESSAGE: message, SYSLOG_IDENTIFIER: identifier } = record;
  if (typeof message !== 'string' || typeof identifier !== 'string') return undefined;
  return /rootwrap/.test(identifier) && !message.includes('\n') ? message : undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
