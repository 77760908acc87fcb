import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import { uniqueName } from '../support/accounts.js';
import { attempt, type Target, target } from '../support/attempt.js';
import { networkNamespace } from '../support/namespaces.js';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';

const NEEDS: Requirement[] = ['root', 'iproute2', 'network namespaces'];
const FILTERS =
  'ip: IpFilter, ip, root\nexec: IpNetnsExecFilter, ip, root\ntrue: CommandFilter, true, root';

/** A policy, a namespace and a file of commands that runs the payload there. */
function ipTarget(): Target & { name: string; batch: string } {
  const it = target(FILTERS);
  const name = networkNamespace();
  const batch = join(it.directory, 'batch');
  writeFileSync(batch, `netns exec ${name} ${it.payload}\n`);
  return { ...it, name, batch };
}

for (const option of ['-batch', '-b', '-ba', '-bat', '-batc', '--batch', '--b', '-', '-B']) {
  testWith(NEEDS, `ip-programs: a file of commands by ${option}`, () => {
    const it = ipTarget();
    if (option === '-B' || option === '-')
      attempt(it, ['ip', option, it.batch, 'netns', 'exec', it.name, it.payload]);
    else
      attempt(
        it,
        ['ip', option, it.batch],
        option === '-batch' || option === '-b' ? { real: 'oslo' } : {},
      );
  });
}

const PREFIXES: readonly string[][] = [
  ['-force'],
  ['-4', '-o', '-d'],
  ['-rc', '1'],
  ['-rcvbuf', '4096'],
  ['-l', '5'],
  ['-loops', '5'],
  ['-f', 'inet'],
  ['-family', 'netns'],
  ['-color=always'],
  ['-c'],
  ['-a'],
  ['-all'],
  ['-j', '-p'],
  ['-n', 'NAME'],
  ['-netns', 'NAME'],
  ['--netns', 'NAME'],
  ['-net', 'NAME'],
  ['-s', '-s'],
  ['-t'],
  ['-iec'],
  ['-h'],
  ['--'],
];

for (const prefix of PREFIXES) {
  testWith(NEEDS, `ip-programs: netns exec, vrf exec and -batch behind ${prefix.join(' ')}`, () => {
    const it = ipTarget();
    const options = prefix.map((word) => (word === 'NAME' ? it.name : word));
    for (const object of ['net', 'netns']) {
      for (const word of ['e', 'exec'])
        attempt(it, ['ip', ...options, object, word, it.name, it.payload]);
    }
    attempt(it, ['ip', ...options, 'vrf', 'exec', 'v', it.payload]);
    attempt(it, ['ip', ...options, 'v', 'e', 'v', it.payload]);
    if (prefix[0] !== '--') attempt(it, ['ip', ...options, '-b', it.batch]);
  });
}

for (const object of ['net', 'netn', 'netns']) {
  for (const word of ['e', 'ex', 'exe', 'exec']) {
    testWith(NEEDS, `ip-programs: ip ${object} ${word} with a program no filter allows`, () => {
      const it = ipTarget();
      attempt(it, ['ip', object, word, it.name, it.payload], {
        real: ['ip', object, word, it.name, it.payload],
      });
    });
  }
}

testWith(NEEDS, 'ip-programs: an option whose value is a decoy for the object', () => {
  const it = ipTarget();
  for (const words of [
    ['-l', 'link', 'netns', 'exec', it.name, it.payload],
    ['-rc', 'netns', 'netns', 'exec', it.name, it.payload],
    ['-f', 'link', '-b', it.batch],
    ['-n', 'netns', 'netns', 'exec', it.name, it.payload],
    ['-n', it.name, 'vrf', 'e', 'x', it.payload],
  ]) {
    attempt(it, ['ip', ...words]);
  }
});

testWith(NEEDS, 'ip-programs: words in front that oslo.rootwrap reads as the only netns', () => {
  const it = ipTarget();
  attempt(it, ['ip', '-n', 'netns', '-n', it.name, 'netns', 'exec', it.name, it.payload]);
  attempt(it, ['ip', '-family', 'net', 'netns', 'exec', it.name, it.payload]);
});

testWith(NEEDS, 'ip-unknown-option: an option that is unknown here is not guessed at', () => {
  const it = ipTarget();
  for (const option of ['-zzz', '-batchx', '---batch', '-b=x', '-batch=x', '-x', '-force=x']) {
    attempt(it, ['ip', option, it.batch]);
    attempt(it, ['ip', option, it.batch, 'netns', 'exec', it.name, it.payload]);
  }
});

testWith(
  NEEDS,
  'netns-name: a namespace name that is a path chooses no files to mount over /etc',
  () => {
    const it = ipTarget();
    for (const name of [
      '../../tmp/x',
      '/proc/1/ns/net',
      '/proc/self/ns/net',
      './x',
      '.',
      '..',
      '',
      `../netns/${it.name}`,
    ]) {
      attempt(it, ['ip', 'netns', 'exec', name, 'true']);
      attempt(it, ['ip', '-n', name, 'link']);
      attempt(it, ['ip', '-netns', name, 'link']);
      attempt(it, ['ip', '--n', name, 'link']);
    }
  },
);

testWith(NEEDS, 'ip-programs: every namespace at once', () => {
  const it = ipTarget();
  attempt(it, ['ip', '-all', 'netns', 'exec', it.payload]);
  attempt(it, ['ip', '-a', 'netns', 'exec', 'true']);
});

testWith(NEEDS, 'inner-path: a program of the caller’s with the name of an allowed one', () => {
  const it = ipTarget();
  const own = ownTrue(it);
  attempt(it, ['ip', 'netns', 'exec', it.name, join(own, 'true')], { real: 'oslo' });
  attempt(it, ['ip', 'netns', 'exec', it.name, './true'], { cwd: own, real: 'oslo' });
  attempt(it, ['ip', 'netns', 'exec', it.name, '../own/true'], { cwd: own });
  attempt(it, ['ip', 'netns', 'exec', it.name, `/usr/bin/../..${own}/true`]);
});

testWith(NEEDS, 'inner-plan: a program of the caller’s that PATH would find first', () => {
  const it = ipTarget();
  const own = ownTrue(it);
  attempt(it, ['ip', 'netns', 'exec', it.name, 'true'], {
    env: { PATH: `${own}:/usr/bin:/bin` },
    real: 'oslo',
    status: 0,
  });
});

testWith(NEEDS, 'ip-programs: a command behind another netns exec', () => {
  const it = ipTarget();
  attempt(it, ['ip', 'netns', 'exec', it.name, 'ip', 'netns', 'exec', it.name, it.payload]);
  attempt(it, ['ip', 'netns', 'exec', it.name, 'ip', '-b', it.batch], { real: 'oslo' });
  attempt(it, ['ip', 'netns', 'exec', it.name, 'ip', 'vrf', 'exec', 'x', it.payload]);
});

testWith(NEEDS, 'ip-files: a link type that is a path, with an own library directory', () => {
  const it = ipTarget();
  const name = uniqueName('t');
  const env = { PATH: '/usr/sbin:/usr/bin', IP_LIB_DIR: it.directory };
  attempt(it, ['ip', 'link', 'add', name, 'type', `../${name}`], { env });
  attempt(it, ['ip', 'link', 'add', name, 'type', name], { env, status: 2 });
});

testWith(
  NEEDS,
  'netns-name: a path behind a subcommand of netns, with the check switched off',
  () => {
    const it = ipTarget();
    const path = `../..${it.marker}`;
    const real = ['unshare', '-m', 'ip', '-a', 'netns', 'add', path];
    attempt(it, ['ip', '-a', 'netns', 'add', path], { real });
    for (const all of ['-a', '-al', '-all', '--a', '--all']) {
      for (const words of [['add', path], ['attach', path, '1'], ['delete', path], ['delete']]) {
        attempt(it, ['ip', all, 'netns', ...words]);
      }
      attempt(it, ['ip', '-4', all, '-d', 'net', 'a', path]);
    }
  },
);

/** A directory with the payload under the name of an allowed program. */
function ownTrue(it: Target): string {
  const own = join(it.directory, 'own');
  mkdirSync(own);
  script(join(own, 'true'), `touch ${it.marker}`);
  return own;
}

test.run();
