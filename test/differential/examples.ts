import type { Id } from './exceptions.js';
import type { Process, World } from './world.js';

/** One case for one row of docs/compatibility.md. */
export interface Example {
  readonly id: Id;
  /** Lines under [Filters]. */
  readonly filters: string;
  readonly argv: readonly string[];
  /** What oslo.rootwrap answers: the words that would run, or the outcome. */
  readonly oslo: readonly string[] | string;
  readonly tsrootwrap: readonly string[] | string;
}

/** What each exception looks like when it matters, with `bin` and so on as oslo.rootwrap prints it. */
export function examples({ images, execDirs, processes }: World): readonly Example[] {
  const [bin = ''] = execDirs;
  const running = (name: string) => processes.find((process) => process.name === name) as Process;
  const sleeper = String(running('sleeper').pid);
  const drifter = String(running('drifter').pid);
  const program = (name: string) => `${bin}/${name}`;
  const netns = 'netns: IpNetnsExecFilter, ip, root\n';
  return [
    {
      id: 'whole-word',
      filters: 'x: RegExpFilter, tool, root, tool, a|b',
      argv: ['tool', 'axyz'],
      oslo: [program('tool'), 'axyz'],
      tsrootwrap: 'denied',
    },
    {
      id: 'whole-word',
      filters: 'x: RegExpFilter, tool, root, tool, \\d+',
      argv: ['tool', '1\n'],
      oslo: [program('tool'), '1\n'],
      tsrootwrap: 'denied',
    },
    {
      id: 'pattern-unsupported',
      filters: 'x: RegExpFilter, tool, root, tool, a++b',
      argv: ['tool', 'aab'],
      oslo: [program('tool'), 'aab'],
      tsrootwrap: 'denied',
    },
    {
      id: 'path-prefix',
      filters: `x: PathFilter, chown, root, nova, ${images}`,
      argv: ['chown', 'nova', `${images}-evil/disk`],
      oslo: [program('chown'), 'nova', `${images}-evil/disk`],
      tsrootwrap: 'denied',
    },
    {
      id: 'path-loop',
      filters: `x: PathFilter, chown, root, nova, ${images}`,
      argv: ['chown', 'nova', `${images}/loop`],
      oslo: [program('chown'), 'nova', `${images}/loop`],
      tsrootwrap: 'denied',
    },
    {
      id: 'path-program',
      filters: `x: PathFilter, chown, root, nova, ${images}`,
      argv: ['chown', 'nova', `${images}/open/disk`],
      oslo: [program('chown'), 'nova', `${images}/open/disk`],
      tsrootwrap: 'denied',
    },
    {
      id: 'path-filled',
      filters: `x: PathFilter, chown, root, nova, ${images}`,
      argv: ['chown', 'nova', `${images}/open`],
      oslo: [program('chown'), 'nova', `${images}/open`],
      tsrootwrap: 'denied',
    },
    {
      id: 'path-new-name',
      filters: `x: PathFilter, chown, root, nova, ${images}`,
      argv: ['chown', 'nova', `${images}/open/new`],
      oslo: [program('chown'), 'nova', `${images}/open/new`],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-programs',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', '-batch', 'file'],
      oslo: [program('ip'), '-batch', 'file'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-programs',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'vrf', 'exec', 'blue', 'sh'],
      oslo: [program('ip'), 'vrf', 'exec', 'blue', 'sh'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-programs',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'ne', 'exec', 'ns', 'sh'],
      oslo: [program('ip'), 'ne', 'exec', 'ns', 'sh'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-bpf',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'link', 'set', 'eth0', 'xdp', 'object', 'file'],
      oslo: [program('ip'), 'link', 'set', 'eth0', 'xdp', 'object', 'file'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-bpf',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'route', 'add', '192.0.2.0/24', 'encap', 'bpf', 'in', 'obj', 'file'],
      oslo: [program('ip'), 'route', 'add', '192.0.2.0/24', 'encap', 'bpf', 'in', 'obj', 'file'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-unknown-option',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', '-zzz', 'link'],
      oslo: [program('ip'), '-zzz', 'link'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-unknown-object',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'new', 'file'],
      oslo: [program('ip'), 'new', 'file'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-files',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'monitor', 'file', '/etc/shadow'],
      oslo: [program('ip'), 'monitor', 'file', '/etc/shadow'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-files',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'xfrm', 'm', 'f', 'name'],
      oslo: [program('ip'), 'xfrm', 'm', 'f', 'name'],
      tsrootwrap: 'denied',
    },
    {
      id: 'ip-messages',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'route', 'restore'],
      oslo: [program('ip'), 'route', 'restore'],
      tsrootwrap: 'denied',
    },
    {
      id: 'netns-name',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', '-all', 'netns', 'add', '../../etc/x'],
      oslo: [program('ip'), '-all', 'netns', 'add', '../../etc/x'],
      tsrootwrap: 'denied',
    },
    {
      id: 'netns-name',
      filters: 'x: IpFilter, ip, root',
      argv: ['ip', 'link', 'set', 'lo', 'netns', './fifo'],
      oslo: [program('ip'), 'link', 'set', 'lo', 'netns', './fifo'],
      tsrootwrap: 'denied',
    },
    {
      id: 'netns-name',
      filters: `${netns}x: CommandFilter, cat, root`,
      argv: ['ip', 'netns', 'exec', '../../tmp/evil', 'cat'],
      oslo: [program('ip'), 'netns', 'exec', '../../tmp/evil', 'cat'],
      tsrootwrap: 'denied',
    },
    {
      id: 'inner-path',
      filters: `${netns}x: CommandFilter, cat, root`,
      argv: ['ip', 'netns', 'exec', 'ns', '/tmp/evil/cat', 'a'],
      oslo: [program('ip'), 'netns', 'exec', 'ns', '/tmp/evil/cat', 'a'],
      tsrootwrap: 'denied',
    },
    {
      id: 'inner-plan',
      filters: `${netns}x: CommandFilter, cat, root`,
      argv: ['ip', 'netns', 'exec', 'ns', 'cat', 'a'],
      oslo: [program('ip'), 'netns', 'exec', 'ns', 'cat', 'a'],
      tsrootwrap: [program('ip'), 'netns', 'exec', 'ns', program('cat'), 'a'],
    },
    {
      id: 'inner-plan',
      filters: `${netns}x: EnvFilter, env, root, A=, lvs`,
      argv: ['ip', 'netns', 'exec', 'ns', 'env', 'A=1', 'lvs'],
      oslo: [program('ip'), 'netns', 'exec', 'ns', 'env', 'A=1', 'lvs'],
      tsrootwrap: [program('ip'), 'netns', 'exec', 'ns', program('lvs')],
    },
    {
      id: 'inner-kill',
      filters: `${netns}x: KillFilter, root, sleeper`,
      argv: ['ip', 'netns', 'exec', 'ns', 'kill', sleeper],
      oslo: [program('ip'), 'netns', 'exec', 'ns', 'kill', sleeper],
      tsrootwrap: 'denied',
    },
    {
      id: 'kill-pid',
      filters: 'x: KillFilter, root, sleeper',
      argv: ['kill', ` ${sleeper}`],
      oslo: ['/bin/kill', ` ${sleeper}`],
      tsrootwrap: 'denied',
    },
    {
      id: 'kill-signal-name',
      filters: 'x: KillFilter, root, sleeper, 15',
      argv: ['kill', '15', sleeper],
      oslo: ['/bin/kill', '15', sleeper],
      tsrootwrap: 'denied',
    },
    {
      id: 'kill-deleted',
      filters: 'x: KillFilter, root, removed',
      argv: ['kill', String(running('removed').pid)],
      oslo: 'crash: TypeError',
      tsrootwrap: ['/bin/kill', String(running('removed').pid)],
    },
    {
      id: 'search-path',
      filters: 'x: KillFilter, root, drifter',
      argv: ['kill', drifter],
      oslo: ['/bin/kill', drifter],
      tsrootwrap: process.geteuid?.() === 0 ? 'denied' : ['/bin/kill', drifter],
    },
    {
      id: 'chaining-no-pattern',
      filters: 'x: ChainingRegExpFilter, nice, root\ny: CommandFilter, ls, root',
      argv: ['ls', 'cat'],
      oslo: [program('nice'), 'cat'],
      tsrootwrap: [program('ls'), 'cat'],
    },
    {
      id: 'env-once',
      filters: 'x: EnvFilter, env, root, A=, lvs\ny: EnvFilter, env, root, A=, pvs',
      argv: ['env', 'env', 'A=1', 'pvs'],
      oslo: [program('pvs')],
      tsrootwrap: 'denied',
    },
    {
      id: 'env-twice',
      filters: 'x: EnvFilter, env, root, A=, A=2',
      argv: ['A=1', 'A=2'],
      oslo: 'not-executable',
      tsrootwrap: 'denied',
    },
    {
      id: 'executable-file',
      filters: 'x: CommandFilter, folder, root',
      argv: ['folder'],
      oslo: [program('folder')],
      tsrootwrap: [`${execDirs[1]}/folder`],
    },
    {
      id: 'nul-byte',
      filters: 'x: CommandFilter, ls, root',
      argv: ['ls', 'a\0b'],
      oslo: [program('ls'), 'a\0b'],
      tsrootwrap: 'denied',
    },
    {
      id: 'not-utf8',
      filters: 'x: CommandFilter, ls, root',
      argv: ['ls', '\udcff'],
      oslo: [program('ls'), '\udcff'],
      tsrootwrap: 'denied',
    },
    {
      id: 'oslo-crashes',
      filters: 'x: EnvFilter, env, root, A=, lvs\ny: IpFilter, ip, root',
      argv: ['env'],
      oslo: 'crash: IndexError',
      tsrootwrap: 'denied',
    },
    // oslo.rootwrap denies these two, and so must tsrootwrap
    {
      id: 'inner-path',
      filters: `${netns}x: RegExpFilter, cat, root, /bin/cat, a`,
      argv: ['ip', 'netns', 'exec', 'ns', '/bin/cat', 'a'],
      oslo: 'denied',
      tsrootwrap: 'denied',
    },
    {
      id: 'inner-path',
      filters: `${netns}x: EnvFilter, env, root, A=, lvs`,
      argv: ['ip', 'netns', 'exec', 'ns', 'A=/etc/x', 'lvs'],
      oslo: 'denied',
      tsrootwrap: 'denied',
    },
    {
      id: 'env-once',
      filters:
        'x: EnvFilter, env, root, A=, lvs\ny: EnvFilter, env, root, A=, pvs\nz: RegExpFilter, env, root, env, a',
      argv: ['env', 'env', 'a'],
      oslo: 'denied',
      tsrootwrap: 'denied',
    },
  ];
}
