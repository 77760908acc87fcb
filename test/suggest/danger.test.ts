import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policySourceOf } from '#src/policy/policy-source.js';
import { suggest } from '#src/suggest/suggest.js';

const NO_JUDGE = () => [];

function suggested(text: string, { user = 'root', dangerous = false } = {}) {
  const commands = text
    .trim()
    .split('\n')
    .map((line) => ({ words: line.trim().split(' '), user, origin: 'record' as const, count: 1 }));
  return suggest(commands, NO_JUDGE, { dangerous });
}

const ATTACKS = `cat /etc/shadow
  cat /srv/../etc/shadow
  head -n1 /etc/hosts /root/.ssh/id_rsa
  tee /etc/passwd
  chmod 4755 /bin/sh
  chown svc /etc/shadow
  dd of=/dev/sda
  dd if=/dev/sda bs=1M
  cp /srv/x /etc/sudoers.d/x
  cp /etc/shadow /srv/x
  mv /srv/x /etc/cron.d/x
  ln -s /srv/x /etc/cron.d/x
  rm -rf /
  find / -delete
  sed -i s/a/b/ /etc/passwd
  touch /etc/cron.d/x
  mount --bind /srv/x /etc
  install -m 4755 /srv/x /usr/local/bin/x
  usermod -aG sudo mallory
  setcap cap_setuid+ep /srv/x
  nsenter -t 1 -m /bin/dash
  chroot /srv sh
  docker run -v /:/h alpine id`;

for (const attack of ATTACKS.split('\n').map((line) => line.trim())) {
  test(`no line is written for ${attack}, though it would take just that`, () => {
    const { filters, declined, text } = suggested(attack);
    assert.equal(filters, []);
    assert.is(declined.length, 1);
    assert.match(declined[0]?.reason ?? '', /its very words are an attack/);
    assert.is(policySourceOf(text, 'x').definitions.length, 0);
  });

  test(`on request there is a line for ${attack}, which says DANGER`, () => {
    const { filters, declined, text } = suggested(attack, { dangerous: true });
    assert.equal(declined, []);
    assert.is(filters.length, 1);
    assert.match(filters[0]?.notes[0] ?? '', /^DANGER: its very words are an attack/);
    assert.match(text, /^# {3}DANGER: /m);
    assert.is(policySourceOf(text, 'x').definitions.length, 1);
  });
}

test('an attack among harmless commands costs them nothing', () => {
  const { filters, declined } = suggested('cat /etc/app/a\ncat /etc/shadow\nstat /etc/shadow');
  assert.equal(
    filters.map(({ definition }) => definition.join(' ')),
    ['/etc/app/a', 'stat root stat /etc/shadow'],
  );
  assert.equal(
    declined.map(({ commands }) => commands[0]?.words),
    [['cat', '/etc/shadow']],
  );
});

test('what services call every day is no attack', () => {
  const { declined } = suggested(`ip link set tap1 up
    ip netns exec ns1 ip addr show
    iptables-restore -n
    systemctl restart app
    modprobe br_netfilter
    sysctl -w net.ipv4.ip_forward=1
    mount /dev/vg-app/data /srv/data
    tar xf /srv/1.tar
    find /srv/x -delete
    rm -f /var/lib/app/pid
    chmod 0640 /var/lib/app/x
    dd if=/dev/zero of=/dev/vg-app/x bs=1M count=10
    cat /etc/app/app.conf
    dnsmasq --conf-file=/var/lib/app/d.conf
    blockdev --getsz /dev/sda`);
  assert.equal(declined, []);
});

test('the places of root are closed to other users, so reading them there is no attack', () => {
  assert.equal(suggested('cat /etc/shadow', { user: 'nobody' }).declined, []);
  assert.is(suggested('cat /etc/shadow', { user: 'no-such-user' }).declined.length, 1);
});

test.run();
