/**
 * What iproute2's `ip` takes on its command line, as far as it matters to who may run it: read from
 * the sources of 6.1 to 7.1 (ip/*.c, lib/namespace.c). `test/policy/ip-grammar.test.ts` walks it.
 *
 * A bar divides a word where ip's sources let it be shortened: `net|ns` is `net`, `netn` or `netns`.
 */
export type Spelling = string;

/** Global options that take no word after them. */
export const FLAGS: readonly string[] = [
  '0 4 6 B D I M all brief color compressvlans details echo force help human human-readable iec',
  'json Numeric oneline pretty resolve statistics stats timestamp tshort Version',
].flatMap((line) => line.split(' '));

/** Global options that take one; `batch` takes a file of commands. */
export const VALUED: readonly string[] = ['batch', 'family', 'loops', 'netns', 'rcvbuf'];

export const OBJECTS: readonly string[] = [
  'address addrlabel fou help ila ioam l2tp link macsec maddress monitor mptcp mroute mrule',
  'neighbor neighbour netconf netns nexthop ntable ntbl route rule sr stats tap tcp_metrics',
  'tcpmetrics token tunl tunnel tuntap vrf xfrm',
].flatMap((line) => line.split(' '));

/** Words behind an object through which ip does more than network configuration. */
export interface RefusedWord {
  readonly objects: readonly Spelling[];
  readonly word: Spelling;
  /** Right behind the object, or anywhere behind it as long as another word follows. */
  readonly place: 'subcommand' | 'anywhere';
  readonly does: string;
}

const READS_MESSAGES = 'may hand any message from standard input to the kernel';

export const REFUSED_WORDS: readonly RefusedWord[] = [
  {
    objects: ['|netns', '|vrf'],
    word: '|exec',
    place: 'subcommand',
    does: 'may run a program',
  },
  {
    objects: ['|monitor', '|xfrm'],
    word: '|file',
    place: 'anywhere',
    does: 'may read any file',
  },
  {
    objects: ['|address', '|route'],
    word: 'res|tore',
    place: 'subcommand',
    does: READS_MESSAGES,
  },
  {
    objects: ['ru|le', 'mru|le'],
    word: '|restore',
    place: 'subcommand',
    does: READS_MESSAGES,
  },
  {
    objects: ['|address', '|route'],
    word: 'showd|ump',
    place: 'subcommand',
    does: 'may parse any bytes from standard input',
  },
];

/** Objects behind which every word is a name or a number. */
export const NAMING_OBJECTS: readonly Spelling[] = ['net|ns', 'v|rf'];

/** Words anywhere behind which ip makes a path of the next one: of a namespace, of a library. */
export const NAMING_WORDS: readonly Spelling[] = ['netns', 'link-|netns', 't|ype', 'h|elp'];

/** The word whose next one is free text. */
export const TEXT_WORD = 'alias';

/** Words of `ip link` behind which a BPF object follows, unless it is taken away (ip-link(8)). */
export const XDP_WORDS: readonly string[] = ['xdp', 'xdpgeneric', 'xdpdrv', 'xdpoffload'];
export const XDP_OFF: readonly string[] = ['off', 'none'];

/** Whether ip may take what was typed for that word. */
export function mayMean(typed: string, spelling: Spelling): boolean {
  const bar = spelling.indexOf('|');
  if (bar === -1) return typed === spelling;
  return typed.length >= bar && spelling.replace('|', '').startsWith(typed);
}
