import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EXEC_WORDS, NETNS_WORDS } from '#src/policy/filters/ip-filter.js';
import { allowedArgs, assertDenied, commandPlan } from '../../support/decisions.js';
import { policyOf } from '../../support/policy-files.js';

const POLICY = policyOf('ip: IpFilter, ip, root', ['ip']);

function ip(line: string): string[] {
  return ['ip', ...line.split(' ')];
}

// biome-ignore format: one command each
const BENIGN = [
  'link', 'addr', 'a', 'r', 'l', 'n', '-4 route', '-6 route show table all', '-f inet6 addr change',
  '-family inet6 route', '-br link', '-brief addr show up', '-n ns1 link', '-netns ns1 addr show dev eth0',
  '-o link', '-oneline addr', '-d link show', '-details link show type vxlan', '-s -s link', '-s link show eth0',
  '-c=auto a', '-color=never a', '-c a', '-json addr', '-j -p addr', '-j -d link', '-ts monitor', '-t monitor all',
  '-h -s link', '-iec -s link', '-N route', '-a link', '-V', '-rc 1048576 monitor',
  '-loops 5 addr flush dev eth0', '-force link', '-0 link', '-B link', '-M route', '-r route',
  'link set eth0 netns ns1', 'link set eth0 up', 'link set dev eth0 name exec', 'link set netns ns1 dev tap0',
  'link add tap0 type veth peer name tap1 netns qrouter-1', 'link add link eth0 name eth0.5 type vlan id 5',
  'link set eth0 address fa:16:3e:00:00:01', 'link delete br-ex', 'link set eth0 vrf red',
  'addr add 10.0.0.1/24 brd + dev eth0 scope global', 'addr del 10.0.0.1/24 dev eth0', '-6 addr flush dev eth0',
  'route replace default via 10.0.0.1 dev eth0', 'route add 10.1.0.0/16 via 10.0.0.2 table 16', 'route get 8.8.8.8',
  '-4 route list dev eth0 scope link', 'rule add from 10.0.0.0/24 table 16 priority 100', '-4 rule list',
  'neigh replace 10.0.0.5 lladdr fa:16:3e:00:00:02 nud permanent dev eth0', 'neigh show', 'neighbour show',
  'netns', 'netns add x', 'netns list', 'netns del qdhcp-1', 'netns delete exec', 'netns identify', 'netns pids x',
  'netns set x auto', 'netns monitor', '-n ns1 netns list', 'netns add exec',
  'vrf', 'vrf show', 'vrf identify', 'vrf pids red', 'tuntap add mode tap tap0', 'tunnel show',
  'maddress show', 'xfrm state', 'xfrm policy flush', 'monitor', 'help', 'link help', 'token list', 'ntable show',
];

test('commands of network configuration are passed on as they are', () => {
  for (const line of BENIGN) {
    assert.equal(allowedArgs(POLICY, ip(line)), line.split(' '), line);
  }
});

test('what opens a path of the caller’s is denied', () => {
  assertDenied(POLICY, ip('monitor file /etc/shadow'), /monitor file may read any file/);
  assertDenied(POLICY, ip('xfrm monitor file notes'), /file may read any file/);
  assertDenied(POLICY, ip('-a netns add ../../etc/x'), /may take any path/);
  assertDenied(POLICY, ip('netns add ../../etc/x'), /not the name of a network namespace/);
  assertDenied(POLICY, ip('link set lo netns /tmp/fifo'), /\/tmp\/fifo is a path/);
  assertDenied(POLICY, ip('link set lo netns ./fifo'), /\.\/fifo is a path/);
  assertDenied(POLICY, ip('link set lo netns a/fifo'), /not the name of a network namespace/);
  assertDenied(POLICY, ip('route restore'), /standard input/);
});

test('ip without arguments is passed on', () => {
  assert.equal(allowedArgs(POLICY, ['ip']), []);
});

test('every spelling of netns exec is denied', () => {
  for (const netns of NETNS_WORDS) {
    for (const exec of EXEC_WORDS) assertDenied(POLICY, ip(`${netns} ${exec} ns sh`), /netns exec/);
  }
});

test('netns exec behind options that oslo.rootwrap does not know of is denied', () => {
  assertDenied(POLICY, ip('-all netns exec sh'));
  assertDenied(POLICY, ip('-n netns netns exec ns sh'));
  assertDenied(POLICY, ip('-f link netns exec ns sh'));
  assertDenied(POLICY, ip('-l net netns exec ns sh'));
  assertDenied(POLICY, ip('vrf exec red sh'));
  assertDenied(POLICY, ip('-batch /tmp/evil'));
  assertDenied(POLICY, ip('-force -b -'));
});

test('netns before exec anywhere is denied, as oslo.rootwrap does', () => {
  assertDenied(POLICY, ip('link set eth0 netns exec'));
  assertDenied(POLICY, ip('link add net e type dummy'));
});

test('only the first netns with a word behind it counts there, as in oslo.rootwrap', () => {
  assert.ok(commandPlan(POLICY, ip('link set eth0 netns ns1 alias netns')));
  assert.ok(commandPlan(POLICY, ip('link set net ns1 netns exec')));
});

test('the program is called ip, whatever path the filter has', () => {
  const policy = policyOf('ip: IpFilter, /bin/ls, root');
  assert.is(commandPlan(policy, ['ip', 'link']).file, '/bin/ls');
  assertDenied(policy, ['/bin/ls', 'link']);
  assertDenied(policy, ['ls', 'link']);
  assertDenied(POLICY, ['/sbin/ip', 'link']);
  assertDenied(POLICY, ['IP', 'link']);
});

test('a BPF object for the kernel is refused, its removal is not', () => {
  const reason = /may load a BPF object/;
  assertDenied(POLICY, ip('link set dev eth0 xdp object /tmp/x.o'), reason);
  assertDenied(POLICY, ip('-4 route add 192.0.2.0/24 encap bpf in obj /tmp/x.o dev eth0'), reason);
  assert.equal(allowedArgs(POLICY, ip('link set dev eth0 xdp off')).length, 6);
});

test.run();
