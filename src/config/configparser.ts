import { ConfigError } from './config-error.js';
import { indentation, pythonTrim, pythonTrimEnd } from './python-whitespace.js';
import { quote } from './quote.js';

/** One `key = value` of a file. */
export interface Entry {
  /** Stripped and lower-cased. */
  readonly key: string;
  /** Stripped; the lines of a continued value are joined by `\n`. */
  readonly value: string;
  /** The line that holds the key, counted from 1. */
  readonly line: number;
}

const DEFAULT_SECTION = 'DEFAULT';

type Section = ReadonlyMap<string, Entry>;

/** What a file in Python's configparser dialect says. */
export class ConfigFile {
  readonly #defaults: Section;
  readonly #sections: ReadonlyMap<string, Section>;

  constructor(
    readonly file: string,
    defaults: Section,
    sections: ReadonlyMap<string, Section>,
  ) {
    this.#defaults = defaults;
    this.#sections = sections;
  }

  /** The entries of `[DEFAULT]`, in file order. */
  get defaults(): readonly Entry[] {
    return [...this.#defaults.values()];
  }

  /** The section names in file order, without `DEFAULT`, as Python's `sections()`. */
  get sections(): readonly string[] {
    return [...this.#sections.keys()];
  }

  /**
   * The entries that hold in a section, as Python's `items(section)`: those of `[DEFAULT]` first,
   * each overridden in its place by the section's own entry of that key, then the section's other
   * entries. Undefined when the file has no such section; `DEFAULT` is always there.
   */
  items(section: string): readonly Entry[] | undefined {
    const own = this.#sections.get(section);
    if (own === undefined) return section === DEFAULT_SECTION ? this.defaults : undefined;
    return [...new Map([...this.#defaults, ...own]).values()];
  }

  /** The entries that each section holds itself, without those of `[DEFAULT]`. */
  get ownEntries(): ReadonlyMap<string, readonly Entry[]> {
    return new Map(Array.from(this.#sections, ([name, own]) => [name, [...own.values()]]));
  }

  /** The entry of a (lower-case) key in `[DEFAULT]` itself; undefined when it is not given. */
  default(key: string): Entry | undefined {
    return this.#defaults.get(key);
  }
}

export interface ParseOptions {
  /** A key or a section given twice is an error; else the later key wins and sections merge. */
  readonly strict: boolean;
  /** Told of an entry that a later one of the same section takes the place of. */
  readonly onRepeat?: (lost: Entry, by: Entry, section: string) => void;
}

/** A value while its continuation lines are still coming in. */
interface OpenEntry {
  readonly key: string;
  readonly line: number;
  readonly lines: string[];
}

type OpenSection = Map<string, OpenEntry>;

interface Repeat {
  readonly lost: OpenEntry;
  readonly by: OpenEntry;
  readonly section: string;
}

/**
 * Reads a file's text as Python's RawConfigParser of CPython 3.11 reads it: `=` or `:` whichever
 * comes first, keys lower-cased, `#` and `;` comments only on lines of their own, deeper lines
 * continue the value above, empty lines belong to the value, no interpolation.
 *
 * @param file named in errors, not opened
 * @throws {ConfigError} with file and line, wherever Python raises
 */
export function parseConfig(text: string, file: string, options: ParseOptions): ConfigFile {
  const defaults: OpenSection = new Map();
  const sections = new Map<string, OpenSection>();
  const headerLines = new Map<string, number>();
  const repeats: Repeat[] = [];
  let section: OpenSection | undefined;
  let sectionName = '';
  let entry: OpenEntry | undefined;
  let entryIndent = 0;
  let line = 0;

  for (const raw of text.split(/\r\n|\r|\n/)) {
    line++;
    const content = pythonTrim(raw);
    if (content === '') {
      entry?.lines.push('');
      continue;
    }
    if (content.startsWith('#') || content.startsWith(';')) continue;

    const indent = indentation(raw);
    if (entry !== undefined && indent > entryIndent) {
      entry.lines.push(content);
      continue;
    }
    entryIndent = indent;

    const header = sectionHeader(content);
    if (header !== undefined) {
      entry = undefined;
      sectionName = header;
      if (header === DEFAULT_SECTION) {
        section = defaults;
        continue;
      }
      section = sections.get(header);
      if (section === undefined) {
        section = new Map();
        sections.set(header, section);
        headerLines.set(header, line);
      } else if (options.strict) {
        const first = headerLines.get(header);
        throw new ConfigError(
          file,
          line,
          `section [${header}] was already opened on line ${first}; move these lines there`,
        );
      }
      continue;
    }

    if (section === undefined) throw new ConfigError(file, line, outsideSection(content));
    const { key, value } = keyAndValue(content, file, line);
    const earlier = section.get(key);
    if (earlier !== undefined && options.strict) {
      throw new ConfigError(
        file,
        line,
        `${quote(key)} was already given on line ${earlier.line}; keep one of the two`,
      );
    }
    entry = { key, line, lines: [value] };
    if (earlier !== undefined) repeats.push({ lost: earlier, by: entry, section: sectionName });
    section.set(key, entry);
  }

  for (const { lost, by, section } of repeats) {
    options.onRepeat?.(closeEntry(lost), closeEntry(by), section);
  }
  const closed = new Map<string, Section>();
  for (const [name, open] of sections) closed.set(name, closeSection(open));
  return new ConfigFile(file, closeSection(defaults), closed);
}

/** The name between the first `[` and the last `]`; whatever follows that is ignored. */
function sectionHeader(content: string): string | undefined {
  if (!content.startsWith('[')) return undefined;
  const end = content.lastIndexOf(']');
  return end > 1 ? content.slice(1, end) : undefined;
}

function keyAndValue(content: string, file: string, line: number): { key: string; value: string } {
  const delimiter = content.search(/[=:]/);
  if (delimiter === -1) {
    throw new ConfigError(
      file,
      line,
      `${quote(content)} is neither a section, a key nor a comment; write \`key = value\`, or indent it to continue the value above`,
    );
  }
  const key = pythonTrimEnd(content.slice(0, delimiter)).toLowerCase();
  if (key === '') {
    throw new ConfigError(
      file,
      line,
      `nothing stands before the \`${content[0]}\`; write \`key = value\`, or indent it to continue the value above`,
    );
  }
  return { key, value: pythonTrim(content.slice(delimiter + 1)) };
}

function closeSection(open: OpenSection): Section {
  const closed = new Map<string, Entry>();
  for (const entry of open.values()) closed.set(entry.key, closeEntry(entry));
  return closed;
}

/** Trailing empty lines, which continued the value until something else came, are dropped. */
function closeEntry({ key, line, lines }: OpenEntry): Entry {
  return { key, value: pythonTrimEnd(lines.join('\n')), line };
}

function outsideSection(content: string): string {
  return content.startsWith('\ufeff')
    ? 'the file starts with a byte order mark; save it as UTF-8 without one'
    : `${quote(content)} comes before any section; write a header such as [DEFAULT] above it`;
}
