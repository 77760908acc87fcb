import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '#src/check/finding.js';
import { checkMistakes } from '#src/check/mistakes/check-mistakes.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { assertAdvice } from '../../support/mistakes.js';

/** Filter files of OpenStack, where they are: real policies, not part of the project. */
const WILD = join('..', 'shared', 'filters-in-the-wild');
const files = existsSync(WILD)
  ? readdirSync(WILD)
      .filter((name) => name.endsWith('.filters'))
      .sort()
  : [];

/** What a careful reader of each file alone would object to, other than what it gives away. */
const ALONE: Readonly<Record<string, readonly string[]>> = {
  'cinder-volume.filters': [
    'netapp_nfs_find low slow-pattern',
    'find_maxdepth_inum low slow-pattern',
  ],
  'neutron-dhcp.filters': [],
  'neutron-iptables-firewall.filters': [],
  'neutron-l3.filters': [
    'kill_keepalived_monitor_py medium kill-interpreter',
    'kill_keepalived_monitor_py3 medium kill-interpreter',
    'kill_keepalived_monitor_py36 medium kill-interpreter',
    'kill_keepalived_monitor_py37 medium kill-interpreter',
    'kill_keepalived_monitor_py38 medium kill-interpreter',
    'kill_keepalived_monitor_platform_py medium kill-interpreter',
    'kill_keepalived_monitor_platform_py36 medium kill-interpreter',
  ],
  'neutron-rootwrap.filters': [
    'privsep medium pattern-as-text',
    'privsep low any-path',
    'haproxy_env medium not-compared',
  ],
  'neutron-testing.filters': ['curl_filter low odd-range'],
  'nova-compute.filters': ['drv_cfg medium ignored-arguments'],
};

/** The lines that lose their meaning only beside the other files. */
const NARROWED_FOR_NOTHING = [
  ...['privsep-rootwrap', 'privsep-rootwrap-sys_admin', 'ip', 'ip_exec'],
  ...['mkdir_filter', 'rm_filter', 'touch_filter', 'touch_filter2'],
  ...['frr_mkdir', 'frr_cp', 'frr_chown', 'frr_rm_conf', 'frr_rm_state', 'ploop'],
];

const short = ({ filter, severity, rule }: Finding) => `${filter} ${severity} ${rule}`;

for (const name of files) {
  test(`${name} has the mistakes that a reader finds, and no others`, () => {
    const findings = checkMistakes(readPolicySource(join(WILD, name)), { machine: false });
    assert.equal(findings.map(short), ALONE[name] ?? []);
    assertAdvice(findings);
  });
}

if (files.length > 0) {
  test('all files in one policy get in the way of each other', () => {
    const places = files.map((name) => join(WILD, name));
    const source = readPolicySource(join(WILD, 'neutron-rootwrap.conf'), places);
    const together = checkMistakes(source, { machine: false });
    const alone = Object.values(ALONE).flat();
    const more = together.filter((finding) => !alone.includes(short(finding)));
    for (const { rule } of more) assert.ok(rule === 'shadowed' || rule === 'widened', rule);
    const medium = more.filter(({ severity }) => severity === 'medium');
    assert.equal(
      medium.map(({ filter }) => filter),
      NARROWED_FOR_NOTHING,
    );
    const twice = more.filter(({ severity }) => severity === 'low');
    assert.ok(twice.every(({ problem }) => problem.includes('the same commands')));
    assert.ok(twice.some(({ filter }) => filter === 'iptables-restore'));
    assert.is(together.length, alone.length + medium.length + twice.length);
  });
}

test.run();
