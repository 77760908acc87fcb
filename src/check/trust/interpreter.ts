import { closeSync, constants, openSync, readSync } from 'node:fs';
import { searchPath } from '../../exec/search-path.js';
import { isExecutable } from '../../posix/executable.js';
import type { Ground } from './ground.js';
import type { Purpose } from './purpose.js';

/** Bytes of a script that the kernel looks at (BINPRM_BUF_SIZE). */
const LOOKED_AT = 256;

/** An interpreter may be a script itself, as often as the kernel lets it. */
const DEEPEST = 4;

/** The program that runs a script, where a program is one: the first line's `#!`. */
export function checkInterpreter(path: string, ground: Ground, purpose: Purpose, depth = 0): void {
  if (!ground.first(`${purpose.severity} ${purpose.alsoOwner} ${path}`)) return;
  const line = firstLine(path, ground);
  if (line === undefined || depth === DEEPEST) return;
  const [interpreter = '', ...options] = line.split(/[ \t]+/);
  const what = `the interpreter of ${path}`;
  if (!interpreter.startsWith('/')) {
    if (interpreter === '') return; // execve(2) fails
    ground.findings.push({
      rule: 'trust-interpreter',
      severity: purpose.severity,
      file: path,
      line: 1,
      problem: 'its first line names an interpreter by a relative path',
      gets: 'calls from a directory that holds a program of its own under that name, which runs as root',
      instead: 'write the full path of the interpreter behind #!',
    });
    return;
  }
  const programs = [interpreter, ...behindEnv(interpreter, options)];
  for (const program of programs) {
    const stats = ground.file(program, { ...purpose, what });
    if (stats !== undefined) checkInterpreter(program, ground, purpose, depth + 1);
  }
}

/** `#!/usr/bin/env python3`: looked for in the PATH that the engine leaves. */
function behindEnv(interpreter: string, options: readonly string[]): string[] {
  if (!interpreter.endsWith('/env')) return [];
  const name = options.find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  if (name === undefined) return [];
  if (name.startsWith('/')) return [name];
  const found = searchPath()
    .map((directory) => `${directory}/${name}`)
    .find(isExecutable);
  return found === undefined ? [] : [found];
}

/** What follows `#!`; undefined for what is no script. */
function firstLine(path: string, ground: Ground): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    ground.unknown(path, 'it cannot be read: whether it is a script is not known');
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(LOOKED_AT);
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, LOOKED_AT, 0));
    return /^#![ \t]*([^\n\0]*)/.exec(text)?.[1]?.trimEnd();
  } finally {
    closeSync(fd);
  }
}
