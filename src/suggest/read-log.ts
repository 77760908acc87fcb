import { utf8Text } from '../batch/utf8.js';
import { journalMessage, readJsonLine } from './json-line.js';
import { type LogMessage, NO_FILTER, readMessage } from './log-message.js';
import { areWords, isUserName, type ObservedCommand, type Origin } from './observed-command.js';
import { readPlainCommand } from './plain-command.js';

/** Bytes of a line; the engine's own are shorter. */
const LONGEST_LINE = 1024 * 1024;
/** Different commands that are kept: more than a filter file could be written for by hand. */
const MOST_COMMANDS = 50_000;
/** Characters of all of their words together. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/**
 * What syslogd and journalctl put before a message: `Mar  1 09:12:33 host tsrootwrap[12]: `. Names have
 * a length, since whoever can log can write long ones.
 */
const HEADER =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? [\w.:-]{1,255} |\d{4}-\d\d-\d\dT[\d:.,+-]{1,30}Z? [\w.:-]{1,255} )?[\w./@-]{0,100}rootwrap[\w.-]{0,100}(?:\[\d{1,10}\])?: /;
/** The same of any program: no command, whatever follows. */
const OTHER_HEADER = /^(?:<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d)/;

/** The commands that a log holds. */
export interface ObservedLog {
  readonly allowed: readonly ObservedCommand[];
  readonly refused: readonly ObservedCommand[];
  /** Lines that told a command. */
  readonly understood: number;
  /** Lines that told none, except empty ones and comments. */
  readonly skipped: number;
  /** Commands that there was no room for. */
  readonly dropped: number;
  /** Whether lines of syslog were among them, to which every user of the machine can write. */
  readonly fromSyslog: boolean;
}

/**
 * Reads the lines of a log, whichever of the known forms each has: the file that `observe` names,
 * `batch --json`, syslog, the journal. A file with none of these is one of commands, one a line.
 *
 * Log lines must be whole, and those within a refused command that holds line ends are left out.
 */
export class LogReader {
  readonly #seen = { allowed: new Seen(), refused: new Seen(), plain: new Seen() };
  #understood = 0;
  #plain = 0;
  #skipped = 0;
  #dropped = 0;
  #withinWords = false;
  /** How log lines begin here, once the first has been read: others are not the log's own. */
  #style: 'header' | 'bare' | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #tooLong = false;

  /** The next bytes. */
  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  end(): ObservedLog {
    if (this.#rest.length > 0 || this.#tooLong) this.#endLine();
    // among lines of a log, what looks like a command is something else
    const commands = this.#understood === 0 && this.#style === undefined;
    return {
      allowed: [...this.#seen.allowed.all(), ...(commands ? this.#seen.plain.all() : [])],
      refused: this.#seen.refused.all(),
      understood: this.#understood + (commands ? this.#plain : 0),
      skipped: this.#skipped + (commands ? 0 : this.#plain),
      dropped: this.#dropped,
      fromSyslog: this.#style !== undefined,
    };
  }

  #keep(bytes: Uint8Array): void {
    if (this.#tooLong || this.#rest.length + bytes.length > LONGEST_LINE) {
      this.#tooLong = true;
      this.#rest = Buffer.alloc(0);
    } else if (bytes.length > 0) this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  #endLine(): void {
    const line = this.#tooLong ? undefined : utf8Text(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#tooLong = false;
    if (line === undefined) this.#skipped++;
    else if (!/^\s*(#|$)/.test(line)) this.#read(line);
  }

  #read(line: string): void {
    if (this.#withinWords) {
      this.#withinWords = !line.endsWith(NO_FILTER);
      this.#skipped++;
    } else if (line.startsWith('{')) this.#readJson(line);
    else {
      const message = readMessage(line.replace(HEADER, ''));
      const style = HEADER.test(line) ? 'header' : 'bare';
      const told = message !== undefined && (style === 'header' || message.kind !== 'other');
      if (told) this.#readLogLine(message, style);
      else this.#readPlain(line);
    }
  }

  #readJson(line: string): void {
    const journal = journalMessage(line);
    if (journal !== undefined) {
      const message = readMessage(journal);
      if (message === undefined || message.kind === 'unfinished') this.#skipped++;
      else this.#readLogLine(message, 'header');
      return;
    }
    const record = readJsonLine(line);
    if (record === undefined) this.#skipped++;
    else {
      const { refused, words, user, program } = record;
      this.#add(refused ? 'refused' : 'allowed', { words, user, ...(program && { program }) });
    }
  }

  #readLogLine(message: LogMessage, style: 'header' | 'bare'): void {
    this.#style ??= style;
    if (this.#style !== style) {
      this.#skipped++;
      return;
    }
    if (message.kind === 'unfinished') this.#withinWords = true;
    if (message.kind === 'unfinished' || message.kind === 'other') this.#skipped++;
    else if (!areWords(message.words)) this.#skipped++;
    else if (message.kind === 'refused') {
      const { words, isExact } = message;
      this.#add('refused', { words, user: 'root' }, isExact ? 'record' : 'split');
    } else if (isUserName(message.user)) this.#add('allowed', message, 'plan');
    else this.#skipped++;
  }

  #readPlain(line: string): void {
    const words = OTHER_HEADER.test(line) ? undefined : readPlainCommand(line);
    if (words === undefined || !areWords(words)) this.#skipped++;
    else {
      this.#plain++;
      if (!this.#seen.plain.add({ words, user: 'root' }, 'record')) this.#dropped++;
    }
  }

  #add(kind: 'allowed' | 'refused', command: Told, origin: Origin = 'record'): void {
    this.#understood++;
    if (!this.#seen[kind].add(command, origin)) this.#dropped++;
  }
}

type Told = Pick<ObservedCommand, 'words' | 'user' | 'program'>;

/** Different commands, each counted. */
class Seen {
  readonly #commands = new Map<string, ObservedCommand>();
  #room = MOST_CHARACTERS;

  /** @returns false when there is no room */
  add({ words, user, program }: Told, origin: Origin): boolean {
    const key = JSON.stringify([words, user, program, origin === 'split']);
    const known = this.#commands.get(key);
    if (known === undefined) {
      if (this.#commands.size >= MOST_COMMANDS || key.length > this.#room) return false;
      this.#room -= key.length;
    }
    this.#commands.set(key, {
      words,
      user,
      ...(program !== undefined && { program }),
      origin: known?.origin === 'record' ? 'record' : origin,
      count: (known?.count ?? 0) + 1,
    });
    return true;
  }

  all(): ObservedCommand[] {
    return [...this.#commands.values()];
  }
}
