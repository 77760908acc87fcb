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
    running(args) ??
    (args.some((_, position) => loads(args, position)) ? 'ip-bpf' : undefined) ??
    objectException(args) ??
    wordException(args)
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

/** From the object on, once for each way to read the options before it. */
function readings(args: readonly string[]): (readonly string[])[] {
  const [word, ...rest] = args;
  if (word === undefined) return [];
  if (word === '--') return rest.length > 0 ? [rest] : [];
  if (!word.startsWith('-')) return [args];
  const option = word.slice(word.startsWith('--') ? 2 : 1);
  const takes = (options: string) => options.split(' ').some((name) => name.startsWith(option));
  const flag = takes(FLAGS) || option.includes('=');
  return [...(flag ? readings(rest) : []), ...(takes(VALUED) ? readings(rest.slice(1)) : [])];
}

const OBJECTS =
  'address addrlabel fou help ila ioam l2tp link macsec maddress monitor mptcp mroute mrule neighbor neighbour netconf netns nexthop ntable ntbl route rule sr stats tap tcp_metrics tcpmetrics token tunl tunnel tuntap vrf xfrm';

function objectException(args: readonly string[]): Id | undefined {
  const objects = readings(args);
  const may = (typed: string, names: string) => names.split(' ').some((n) => n.startsWith(typed));
  if (objects.length > 0 && !objects.some(([object = '']) => may(object, OBJECTS))) {
    return 'ip-unknown-object';
  }
  for (const [object = '', ...words] of objects) {
    const [subcommand] = words;
    if (may(object, 'monitor xfrm') && words.slice(0, -1).some((word) => may(word, 'file'))) {
      return 'ip-files';
    }
    if (subcommand === undefined) continue;
    if (may(object, 'address route') && /^(rest?o?r?e?|showdu?m?p?)$/.test(subcommand)) {
      return 'ip-messages';
    }
    if (/^(ru|rul|rule|mru|mrul|mrule)$/.test(object) && may(subcommand, 'restore')) {
      return 'ip-messages';
    }
    if (!/^(netn?s?|vr?f?)$/.test(object)) continue;
    const before = args.slice(0, args.length - words.length - 1);
    if (before.some((word) => /^--?a(l|ll)?$/.test(word))) return 'netns-name';
    if (words.some((word) => /^$|^\.\.?$|\//.test(word))) return 'netns-name';
  }
  return undefined;
}

function wordException(args: readonly string[]): Id | undefined {
  for (const [position, word] of args.entries()) {
    const previous = args[position - 1] ?? '-';
    if (/^(|\.|\.\.)\//.test(word) && previous !== 'alias') return 'ip-files';
    if (!/^$|^\.\.?$|\//.test(word)) continue;
    if (previous === 'netns' || /^link-(netns|netn|net|ne|n|)$/.test(previous)) return 'netns-name';
    if (/^(t|ty|typ|type|h|he|hel|help)$/.test(previous)) return 'ip-files';
  }
  return undefined;
}
