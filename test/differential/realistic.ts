/** Filter files as services have them: every class, in the usual ways of writing. */
export const REALISTIC: readonly string[] = [
  `# compute node
[Filters]
kpartx: CommandFilter, kpartx, root
mount: CommandFilter, mount, root
chown: PathFilter, chown, root, nova, /var/lib/images
tee: CommandFilter, tee, root
read_initiator: ReadFileFilter, /etc/iscsi/initiatorname.iscsi
vgs: EnvFilter, env, root, LC_ALL=C, LVM_SUPPRESS_FD_WARNINGS=, vgs
lvs: EnvFilter, env, root, LC_ALL=C, lvs
lvs_plain: CommandFilter, lvs, root
dd_zero: RegExpFilter, dd, root, dd, if=/dev/zero, of=/dev/\\S+, bs=\\d+[KMG]?, count=\\d+
blockdev: RegExpFilter, blockdev, root, blockdev, (--getsize64|--flushbufs), /dev/.*
multipath: CommandFilter, /sbin/multipath, root
find_scan: RegExpFilter, find, root, find, ^[/]*([^/\\0]+(/+)?)*$, -maxdepth, \\d+
`,
  `[DEFAULT]
sysctl = CommandFilter, sysctl, root
[Filters]
ip: IpFilter, ip, root
ip_exec: IpNetnsExecFilter, ip, root
dnsmasq: EnvFilter, env, root, NETWORK_ID=,
    dnsmasq
dnsmasq_plain: CommandFilter, dnsmasq, root
kill_sleeper: KillFilter, root, sleeper, -9, -HUP
kill_any: KillFilter, root, sleeper
haproxy: RegExpFilter, haproxy, root, haproxy, -f, .*
mm-ctl: CommandFilter, mm-ctl, nobody
ping: RegExpFilter, ping, root, ping, -w, \\d+, -c, \\d+, [0-9\\.]+
tc: RegExpFilter, tc, root, tc, qdisc, (add|del|show), dev, .+
`,
  `[Filters]
; one that chains, and what it chains to
ionice: ChainingRegExpFilter, ionice, root, ionice, -c[0-3], -n[0-7]
nice: ChainingRegExpFilter, nice, root, nice, -n, \\d+
cgexec: ChainingRegExpFilter, cgexec, root, cgexec, -g, blkio:\\S+
qemu-img: EnvFilter, env, root, LC_ALL=C, qemu-img
qemu-img_convert: CommandFilter, qemu-img, root
dd: CommandFilter, dd, root
cp: PathFilter, cp, root, pass, /
privsep: RegExpFilter, privsep-helper, root, privsep-helper, --config-file, /etc/(?!\\.\\.).*, --privsep_sock_path, /tmp/.*
`,
];
