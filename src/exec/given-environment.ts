import { closeSync, openSync, readSync } from 'node:fs';

let given: readonly Uint8Array[] | undefined;

/**
 * The caller's environment as this process was given it, byte for byte: `NAME=VALUE` entries. It is
 * read once. `process.env` may differ: it holds text, and what was changed since.
 */
export function givenEnvironment(): readonly Uint8Array[] {
  given ??= entriesOf(readAll('/proc/self/environ'));
  return given;
}

/**
 * The value that the caller gave a variable, as text: bytes that are not UTF-8 become U+FFFD. The first
 * entry of that name counts, as for getenv(3). Undefined when there is none. What a program that runs
 * as root is to know of its caller is asked here: Node itself is not started with the caller's variables.
 */
export function givenVariable(name: string): string | undefined {
  const start = Buffer.from(`${name}=`);
  const entry = givenEnvironment().find((bytes) => start.equals(bytes.subarray(0, start.length)));
  return entry && Buffer.from(entry.subarray(start.length)).toString();
}

/** The texts of a block in which each ends with a NUL. */
function entriesOf(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    entries.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return entries;
}

/** A file of /proc, which tells no size: readFileSync takes half a millisecond to find that out. */
function readAll(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    let bytes = Buffer.allocUnsafe(1 << 16);
    let length = 0;
    for (;;) {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(length)]);
    }
  } finally {
    closeSync(fd);
  }
}
