import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { executable, publicPolicy, ROOT } from './executable.js';

/** What the modules of these tests begin with. */
export const IMPORTS = `
import { readFileSync } from 'node:fs';
import { context } from 'tsrootwrap/privileged';
`;

/** Tells what its process is and holds, and what else is on the machine for it. */
export const LOOK = `
() => ({
  pid: process.pid,
  status: readFileSync('/proc/self/status', 'utf8'),
  limits: readFileSync('/proc/self/limits', 'utf8'),
  environment: { ...process.env },
  cwd: process.cwd(),
})
`;

/** What `LOOK` returns. */
export interface Looked {
  readonly pid: number;
  readonly status: string;
  readonly limits: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A module that declares a context with a function `lookPrivileged`. */
export function lookingModule(name: string, options: object): string {
  return `${IMPORTS}
    const declared = context(${JSON.stringify(name)}, ${JSON.stringify(options)});
    export const lookPrivileged${name} = declared.entrypoint({}, ${LOOK});`;
}

export interface PrivilegedPolicy {
  readonly directory: string;
  readonly config: string;
  readonly modules: string;
}

/**
 * A policy with these modules, which lets a caller start the helper of each context.
 *
 * @param modules texts by their file names
 * @param sections further lines of rootwrap.conf
 */
export function privilegedPolicy(
  modules: Readonly<Record<string, string>>,
  contexts: readonly string[] = ['net'],
  sections = '',
): PrivilegedPolicy {
  const { config, directory } = publicPolicy(
    '',
    `exec_dirs = ${dirname(starter())}\nprivileged_modules = modules\n${sections}`,
  );
  const pattern = config.replaceAll('.', '\\.');
  const filters = contexts.map(
    (name) =>
      `${name}-helper: RegExpFilter, tsrootwrap-privileged, root, tsrootwrap-privileged, --config, ${pattern}, --context, ${name}`,
  );
  writeFileSync(join(directory, 'filters.d/test.filters'), `[Filters]\n${filters.join('\n')}\n`);
  const place = join(directory, 'modules');
  mkdirSync(place, { mode: 0o755 });
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(place, name), text);
  return { directory, config, modules: place };
}

/** `tsrootwrap-privileged` as npm installs it, beside `tsrootwrap`. */
export function starter(): string {
  const path = `${executable()}-privileged`;
  if (!existsSync(path)) symlinkSync(join(ROOT, 'bin/tsrootwrap'), path);
  return path;
}
