import { spawnSync } from 'node:child_process';

export interface ChildSettings {
  /** Becomes this user and group after the modules are loaded; absent: stays. */
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program in a Node process of its own and returns what it assigns to `answer`, by way of
 * JSON. `modules` are loaded first, each under its name: `{ log: '#src/log/log.js' }`.
 */
export function inChild(
  modules: Readonly<Record<string, string>>,
  program: string,
  { uid, env = {} }: ChildSettings = {},
): unknown {
  const imports = Object.entries(modules).map(
    ([name, specifier]) =>
      `import * as ${name} from ${JSON.stringify(import.meta.resolve(specifier))};`,
  );
  const setuid =
    uid === undefined
      ? ''
      : // the kernel shows /proc/self/environ to root only, once a process has changed its user
        `(await import(${JSON.stringify(import.meta.resolve('#src/exec/given-environment.js'))})).givenEnvironment();
        process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});`;
  const source = `${imports.join('\n')}\n${setuid}\nlet answer;\n${program}\n
    process.stdout.write(JSON.stringify(answer) ?? 'null');`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', source],
    { env: { PATH: '/usr/bin:/bin', ...env }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the child ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
