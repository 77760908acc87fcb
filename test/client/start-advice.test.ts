import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectError, startError } from '#src/client/start-advice.js';

function advice(stderr: string, exitCode = 1): string {
  return startError(['sudo', 'x'], { exitCode, signal: undefined, stderr }).message;
}

for (const [said, told] of [
  ['sudo: a password is required', /add a NOPASSWD rule/],
  ['sudo: a terminal is required to read the password; either use ...', /add a NOPASSWD rule/],
  ['Sorry, user a is not allowed to execute "x" as root on b.', /add a NOPASSWD rule/],
  ['a is not in the sudoers file.', /add a NOPASSWD rule/],
  [
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.\n' +
      'sudo: If sudo is running in a container, you may need to adjust the container configuration to disable the flag.',
    /no sudo rule helps: take NoNewPrivileges=yes/,
  ],
  ["sudo: effective uid is not 0, is sudo on a file system with the 'nosuid' option set", /nosuid/],
  ['sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set', /set-user-ID root/],
  ['doas: not installed setuid', /set-user-ID root/],
  ['sudo: sorry, you must have a tty to run sudo', /!requiretty/],
  [
    'sudo: /etc/sudoers is world writable\nsudo: no valid sudoers sources found, quitting',
    /visudo -c/,
  ],
  ['sudo: x: command not found', /install it or give its full path/],
  ['doas: x: command not found', /install it or give its full path/],
  ['doas: Operation not permitted', /permit nopass .* doas\.conf .*`doas -n`/],
  ['doas: Authorization required', /doas\.conf/],
  ['sudo: unable to resolve host box', /run it in a shell to see why/], // a warning and no reason
] as const) {
  test(`advice fits what was said: ${said.slice(0, 50)}`, () => {
    const message = advice(said);
    assert.match(message, told);
    if (!String(told).includes('NOPASSWD')) assert.not.match(message, /NOPASSWD/);
  });
}

test('an error of the configuration comes before what sudo warns of', () => {
  assert.match(advice('sudo: unable to resolve host box\nx.conf:1: no', 97), /correct the conf/);
});

test('a socket that a daemon of ours has made has no unit of systemd', () => {
  for (const code of ['EACCES', 'ENOENT', 'ECONNREFUSED']) {
    const error = Object.assign(new Error(), { code });
    assert.not.match(connectError('/s', error, true).message, /systemd|SocketUser|unit/);
    assert.match(connectError('/s', error, true).message, /daemon/);
  }
  const denied = Object.assign(new Error(), { code: 'EACCES' });
  assert.match(connectError('/s', denied, false).message, /SocketUser/);
  assert.match(connectError('/s', denied, true).message, /by sudo, or add --stdio/);
});

test.run();
