import { spawnSync } from 'node:child_process';

const undo: [string, string[]][] = [];

process.on('exit', () => {
  for (const [command, args] of undo.reverse()) spawnSync(command, args, { stdio: 'ignore' });
});

/** Unique on this machine, for as long as this process lives. */
export function uniqueName(prefix: string): string {
  return `${prefix}${process.pid.toString(36)}${(counter++).toString(36)}`;
}

let counter = 0;

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** gid of each supplementary group. */
  readonly groups: readonly number[];
}

/** A user with two supplementary groups, all removed when this process ends. */
export function temporaryUser(): Account {
  const name = uniqueName('tsrw');
  const groups = [`${name}a`, `${name}b`];
  for (const group of groups) {
    administer('groupadd', group);
    undo.push(['groupdel', [group]]);
  }
  administer('useradd', '-M', '-d', '/nonexistent', '-U', '-G', groups.join(','), name);
  undo.push(['userdel', [name]]);
  const [uid = 0, gid = 0] = ['-u', '-g'].map((option) => Number(ask('id', option, name)));
  const all = ask('id', '-G', name).split(' ').map(Number);
  return { name, uid, gid, groups: all.filter((group) => group !== gid) };
}

/** useradd and its like lock /etc/passwd: while another test file has it, they are tried again. */
function administer(command: string, ...args: string[]): void {
  for (let attempt = 0; ; attempt++) {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status === 0) return;
    if (attempt === 20) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

function ask(command: string, ...args: string[]): string {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout.trim();
}
