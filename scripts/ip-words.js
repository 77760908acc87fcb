#!/usr/bin/env node
/**
 * Reads from checkouts of iproute2's sources which words each object of ip compares its arguments
 * with, and writes them for test/policy/ip-grammar.test.ts:
 *
 *   scripts/ip-words.js iproute2-6.1.0 iproute2-7.1.0 > test/policy/ip-words.json
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files in which an object's words are compared. */
const FILES = {
  address: /^ipaddress$/,
  addrlabel: /^ipaddrlabel$/,
  fou: /^ipfou$/,
  ila: /^(ipila|ila_common)$/,
  ioam: /^ipioam6$/,
  l2tp: /^ipl2tp$/,
  link: /^(iplink.*|link_.*|ipaddress)$/,
  macsec: /^ipmacsec$/,
  maddress: /^ipmaddr$/,
  monitor: /^ipmonitor$/,
  mptcp: /^ipmptcp$/,
  mroute: /^ipmroute$/,
  mrule: /^iprule$/,
  neighbor: /^ipneigh$/,
  netconf: /^ipnetconf$/,
  netns: /^ipnetns$/,
  nexthop: /^(ipnexthop|iproute_lwtunnel)$/,
  ntable: /^ipntable$/,
  route: /^(iproute|iproute_lwtunnel)$/,
  rule: /^iprule$/,
  sr: /^ipseg6$/,
  stats: /^ipstats$/,
  tcp_metrics: /^tcp_metrics$/,
  token: /^iptoken$/,
  tunnel: /^(iptunnel|ip6tunnel|tunnel)$/,
  tuntap: /^iptuntap$/,
  vrf: /^ipvrf$/,
  xfrm: /^(ipxfrm|xfrm_.*)$/,
};

/** Comparisons with a word, and tables of words. */
const WORDS =
  /(?:matches|matches_warn|strn?(?:case)?cmp)\(\s*[^,"]*,\s*"([^"\\ ]+)"|\.(?:name|id)\s*=\s*"([^"\\ ]+)"|^\s*\{\s*"([a-z0-9_-]+)"|\]\s*=\s*"([\w.-]+)"/gm;

const objects = Object.entries(FILES).map(([object, files]) => {
  const words = process.argv.slice(2).flatMap((checkout) => {
    const directory = join(checkout, 'ip');
    const names = readdirSync(directory).filter((name) => files.test(name.replace(/\.[ch]$/, '')));
    const text = names.map((name) => readFileSync(join(directory, name), 'utf8')).join('\n');
    return [...text.matchAll(WORDS)].map((match) => match.slice(1).find(Boolean));
  });
  return [object, [...new Set(words)].sort().join(' ')];
});
console.log(JSON.stringify(Object.fromEntries(objects), undefined, 2));
