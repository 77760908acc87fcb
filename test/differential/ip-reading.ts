import type { Id } from './exceptions.js';

/** Options of ip(8) that take no word after them, and those that take one. */
const FLAGS =
  '0 4 6 B D I M N Numeric V Version a all br brief c color compressvlans details d echo force h help human human-readable iec j json o oneline p pretty r resolve s statistics stats t timestamp ts tshort';
const VALUED = 'family loops netns rcvbuf';

/**
 * The row of docs/compatibility.md for an ip command line that IpFilter of oslo.rootwrap takes
 * and tsrootwrap must not. Where a shortened option has two meanings, both are followed.
 *
 * @param args the words after `ip`
 */
export function ipException(args: readonly string[]): Id | undefined {
  return (
    running(args) ?? (args.some((_, position) => loads(args, position)) ? 'ip-bpf' : undefined)
  );
}

/** Whether a BPF object follows that word. */
function loads(args: readonly string[], position: number): boolean {
  const [word = '', next] = args.slice(position);
  if (next === undefined) return false;
  if (/^xdp(generic|drv|offload)?$/.test(word)) return next !== 'off' && next !== 'none';
  return word === 'encap' && next === 'bpf';
}

function running(args: readonly string[]): Id | undefined {
  const [word, next, ...rest] = args;
  if (word === undefined) return undefined;
  if (word === '--') return runs(next, rest[0]);
  if (!word.startsWith('-')) return runs(word, next);
  const option = word.slice(word.startsWith('--') ? 2 : 1);
  const means = (options: string, typed: string) =>
    options.split(' ').filter((name) => name.startsWith(typed));
  if (means('batch', option).length > 0) return 'ip-programs';
  const color = option.includes('=') && means('color', option.split('=')[0] ?? '').length > 0;
  const flag = color || means(FLAGS, option).length > 0;
  const valued = means(VALUED, option);
  if (!flag && valued.length === 0) return 'ip-unknown-option';
  if (valued.includes('netns') && next !== undefined && /^$|^\.\.?$|\//.test(next)) {
    return 'netns-name';
  }
  return (
    (flag ? running(args.slice(1)) : undefined) ?? (valued.length > 0 ? running(rest) : undefined)
  );
}

function runs(object: string | undefined, command: string | undefined): Id | undefined {
  if (object === undefined || command === undefined) return undefined;
  const runner = 'netns'.startsWith(object) || 'vrf'.startsWith(object);
  return runner && 'exec'.startsWith(command) ? 'ip-programs' : undefined;
}
