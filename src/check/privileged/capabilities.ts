import type { Capability } from '../../privileged/contexts/capabilities.js';
import type { Severity } from '../finding.js';

/** What a capability gives to whoever gets hold of a process with it: completes 'an attacker ...'. */
export interface Weight {
  readonly severity: Severity;
  readonly gets: string;
}

/**
 * Capabilities with which a process takes the machine, or a good part of it; by capabilities(7).
 * `high`: those that hardly any function can use narrowly. `medium`: those that are as good as root
 * by one careless call. `low`: a part of that.
 */
export const WEIGHTS: Readonly<Partial<Record<Capability, Weight>>> = {
  CAP_SYS_ADMIN: {
    severity: 'high',
    gets: 'mounts, enters namespaces and does most of what root does',
  },
  CAP_SYS_MODULE: { severity: 'high', gets: 'loads code into the kernel' },
  CAP_SYS_RAWIO: { severity: 'high', gets: 'writes to memory, ports and disks past the kernel' },
  CAP_SYS_PTRACE: { severity: 'high', gets: "runs code in any process, also in root's" },
  CAP_DAC_OVERRIDE: {
    severity: 'medium',
    gets: 'reads and writes every file, /etc/shadow as well',
  },
  CAP_DAC_READ_SEARCH: { severity: 'medium', gets: 'reads every file, all keys and passwords' },
  CAP_CHOWN: {
    severity: 'medium',
    gets: 'takes /etc/shadow, or any other file, for a user of theirs',
  },
  CAP_FOWNER: {
    severity: 'medium',
    gets: 'changes the mode of every file, and so reads and writes it',
  },
  CAP_SETUID: { severity: 'medium', gets: 'becomes root, who owns the files of the system' },
  CAP_SETGID: { severity: 'medium', gets: 'joins any group: shadow, disk, docker' },
  CAP_SETFCAP: { severity: 'medium', gets: 'puts capabilities on programs of theirs' },
  CAP_MKNOD: {
    severity: 'medium',
    gets: 'makes a device of their own for the disk, and reads and writes it',
  },
  CAP_MAC_ADMIN: { severity: 'medium', gets: 'changes what SELinux, AppArmor or Smack forbid' },
  CAP_MAC_OVERRIDE: { severity: 'medium', gets: 'passes by what Smack forbids' },
  CAP_BPF: { severity: 'medium', gets: 'loads programs that run in the kernel' },
  CAP_PERFMON: { severity: 'medium', gets: "reads the kernel's memory by way of tracing" },
  CAP_CHECKPOINT_RESTORE: { severity: 'low', gets: "looks into other processes' memory maps" },
  CAP_FSETID: { severity: 'low', gets: 'keeps set-group-id bits on files that are written to' },
  CAP_KILL: { severity: 'low', gets: 'ends any process' },
  CAP_SYS_CHROOT: { severity: 'medium', gets: 'changes what / is, and what programs find there' },
  CAP_SYS_BOOT: { severity: 'medium', gets: 'restarts the machine, or loads another kernel' },
  CAP_SYS_TIME: { severity: 'low', gets: 'sets the clock, and so what certificates are worth' },
  CAP_SYSLOG: { severity: 'low', gets: "reads the kernel's log and its addresses" },
  CAP_AUDIT_CONTROL: { severity: 'low', gets: 'turns auditing off' },
  CAP_LINUX_IMMUTABLE: {
    severity: 'low',
    gets: 'takes protection from files that only root may append to',
  },
  CAP_SYS_TTY_CONFIG: { severity: 'low', gets: 'hangs up the terminals of others' },
  CAP_NET_RAW: { severity: 'low', gets: 'reads what passes the network, and forges packets' },
};

/** A context that holds as many has more than one purpose, more often than not. */
export const SEVERAL = 3;
