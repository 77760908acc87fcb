/**
 * How iproute2's `ip` reads its command line: global options first, each may be shortened to any
 * prefix and doubled in its dash (ip.c), then an object and its subcommand, which may be shortened
 * too. Which of two options a short prefix means differs between versions, so every reading is
 * followed: a command is safe only if it is safe in all of them.
 */
const FLAGS = [
  '0 4 6 B D I M all brief color compressvlans details echo force help human human-readable iec',
  'json Numeric oneline pretty resolve statistics stats timestamp tshort Version',
].flatMap((line) => line.split(' '));
const VALUED = ['family', 'loops', 'netns', 'rcvbuf'];
const RUNNERS = ['netns', 'vrf'];

/** Words of `ip link` behind which a BPF object follows, unless it is taken away (ip-link(8)). */
const XDP_WORDS = ['xdp', 'xdpgeneric', 'xdpdrv', 'xdpoffload'];
const XDP_OFF = ['off', 'none'];

/**
 * Why `ip` with these arguments might load a BPF object into the kernel: a program in a file that
 * anybody may have made, which runs with root's rights to read the kernel's memory. ip takes
 * these words unshortened, wherever they stand, so they are looked for everywhere.
 *
 * @param args the words after `ip`
 */
export function bpfDanger(args: readonly string[]): string | undefined {
  for (const [position, word] of args.entries()) {
    const next = args[position + 1];
    if (next === undefined) return undefined;
    if (loadsBpf(word, next, args.slice(0, position)))
      return `${word} ${next} may load a BPF object into the kernel`;
  }
  return undefined;
}

/** For routes see ip-route(8): `encap bpf`, and the action End.BPF of `encap seg6local`. */
function loadsBpf(word: string, next: string, before: readonly string[]): boolean {
  if (XDP_WORDS.includes(word)) return !XDP_OFF.includes(next);
  if (word === 'endpoint') return before.includes('seg6local');
  return word === 'encap' && next === 'bpf';
}

/**
 * Why `ip` with these arguments might run a program or a file of commands, or why it can't be
 * told; undefined when it only does network configuration.
 *
 * @param args the words after `ip`
 */
export function ipDanger(args: readonly string[]): string | undefined {
  const positions = new Set([0]); // it grows while it is walked: each is where a reading goes on
  for (const position of positions) {
    const word = args[position];
    if (word === undefined) continue;
    if (!word.startsWith('-')) {
      const danger = objectDanger(word, args[position + 1]);
      if (danger !== undefined) return danger;
      continue;
    }
    if (word === '--') {
      const danger = objectDanger(args[position + 1] ?? '', args[position + 2]);
      if (danger !== undefined) return danger;
      continue;
    }
    const typed = word.replace(/^--?/, '');
    const name = typed.replace(/=.*$/s, ''); // only -color=WHEN has one
    if ('batch'.startsWith(typed)) return `${word} may run a file of commands (-batch)`;
    const valued = VALUED.filter((option) => option.startsWith(typed));
    const isFlag = FLAGS.some((option) =>
      option === 'color' ? option.startsWith(name) : option.startsWith(typed),
    );
    if (!isFlag && valued.length === 0) return `${word} is no option of ip known here`;
    const value = args[position + 1];
    if (valued.includes('netns') && value !== undefined && !isNetnsName(value)) {
      return `${value} is not the name of a network namespace`;
    }
    if (isFlag) positions.add(position + 1);
    if (valued.length > 0) positions.add(position + 2);
  }
  return undefined;
}

/**
 * Whether ip takes this for a name under /run/netns. A path would also choose the directory whose
 * files ip mounts over /etc (ip-netns(8)).
 */
export function isNetnsName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

function objectDanger(object: string, subcommand: string | undefined): string | undefined {
  if (subcommand === undefined || !'exec'.startsWith(subcommand)) return undefined;
  const runner = RUNNERS.find((name) => name.startsWith(object));
  return runner && `${object} ${subcommand} may run a program (${runner} exec)`;
}
