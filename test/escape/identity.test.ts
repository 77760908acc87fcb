import { chmodSync, chownSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { target } from '../support/attempt.js';
import { executable, run, SAFE_PATH } from '../support/executable.js';
import { script } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';
import { carriedOut, WAYS } from '../support/ways.js';

const NOBODY = 65534;

/** A command for nobody, that tries a line of the shell. */
function asNobody(line: string) {
  const it = target('try: CommandFilter, try, nobody');
  script(join(it.bin, 'try'), line.replaceAll('DIRECTORY', it.directory));
  chmodSync(it.directory, 0o755);
  return it;
}

testWith(['root'], 'identity: a command for nobody cannot write where root’s group may', () => {
  const it = asNobody('echo changed > DIRECTORY/group-file');
  const file = join(it.directory, 'group-file');
  writeFileSync(file, '');
  chownSync(file, 12345, 0);
  chmodSync(file, 0o660);
  for (const way of WAYS) {
    carriedOut(way, it.config, ['try']);
    assert.is(run('/bin/cat', [file]).stdout, '', way);
  }
});

testWith(['root', 'python3'], 'identity: groups that the caller had are gone', () => {
  const it = asNobody('id -G');
  const code =
    'import os, sys; os.setgroups([0, 4, 42, 12345]); os.execv(sys.argv[1], sys.argv[1:])';
  const { stdout } = run('/usr/bin/python3', ['-c', code, executable(), it.config, 'try']);
  assert.is(stdout, `${NOBODY}\n`);
});

testWith(['root', 'python3'], 'identity: a command for nobody cannot become root again', () => {
  const it = asNobody('');
  const code = `
import os
for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setreuid(0, 0), lambda: os.seteuid(0),
               lambda: os.setgid(0), lambda: os.setegid(0), lambda: os.setgroups([0])):
    try: change(); open('${it.marker}', 'w')
    except PermissionError: pass
`;
  writeFileSync(join(it.bin, 'try'), `#!/usr/bin/python3\n${code}`);
  for (const way of WAYS) {
    const { status, stderr } = carriedOut(way, it.config, ['try']);
    assert.is(status, 0, `${way}: ${stderr}`);
    assert.not.ok(existsSync(it.marker), way);
  }
});

testWith(['root'], 'identity: open files of the caller’s are not the command’s', () => {
  const it = asNobody('cat <&7 2>/dev/null && touch DIRECTORY/marker; ls /proc/self/fd | wc -l');
  const line = 'exec 7</etc/shadow; exec "$@"';
  const { stdout } = run('/bin/sh', ['-c', line, 'sh', executable(), it.config, 'try']);
  assert.is(stdout.trim(), '4'); // 0, 1, 2 and the one that ls lists with
});

testWith(['root'], 'identity: a user’s name in the environment changes nothing', () => {
  const it = asNobody('id -un');
  const env = { PATH: SAFE_PATH, USER: 'root', LOGNAME: 'root', SUDO_UID: '0', SUDO_USER: 'root' };
  for (const way of WAYS) {
    assert.is(carriedOut(way, it.config, ['try'], { env }).stdout, 'nobody\n', way);
  }
});

testWith(['root'], 'identity: an ordinary user gets nothing that it did not have', () => {
  const it = target('any: CommandFilter, any, root');
  script(join(it.bin, 'any'), `cat /etc/shadow >/dev/null 2>&1 && touch ${it.marker}; id -u`);
  for (const way of WAYS) {
    const { stdout } = carriedOut(way, it.config, ['any'], { uid: NOBODY, gid: NOBODY });
    assert.is(stdout, `${NOBODY}\n`, way);
    assert.not.ok(existsSync(it.marker), way);
  }
});

test.run();
