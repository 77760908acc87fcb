import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import { RLIMIT } from '#src/posix/limits.js';
import { inNode, thrown } from './program.js';

const LIMITS: Readonly<Record<keyof typeof RLIMIT, string>> = {
  CPU: 'Max cpu time',
  FSIZE: 'Max file size',
  DATA: 'Max data size',
  STACK: 'Max stack size',
  CORE: 'Max core file size',
  NPROC: 'Max processes',
  NOFILE: 'Max open files',
  MEMLOCK: 'Max locked memory',
  AS: 'Max address space',
  SIGPENDING: 'Max pending signals',
  MSGQUEUE: 'Max msgqueue size',
  RTTIME: 'Max realtime timeout',
};

test('each limit is what /proc says it is', () => {
  const text = readFileSync('/proc/self/limits', 'utf8');
  for (const [name, words] of Object.entries(LIMITS)) {
    const { soft, hard } = posix.getLimit(RLIMIT[name as keyof typeof RLIMIT]);
    const line = text.split('\n').find((line) => line.startsWith(words)) ?? '';
    const [, ...numbers] = /(\S+) +(\S+)/.exec(line.slice(words.length)) ?? [];
    assert.equal(
      numbers,
      [soft, hard].map((limit) => (limit === null ? 'unlimited' : `${limit}`)),
    );
  }
});

test('a limit that is set holds for this process and for what it starts', () => {
  const { stdout, stderr } = inNode(`
    posix.setLimit(${RLIMIT.FSIZE}, 512, 1024);
    console.log(JSON.stringify(posix.getLimit(${RLIMIT.FSIZE})));
    posix.become({ file: '/bin/sh', argv: ['sh', '-c', 'ulimit -Sf; ulimit -Hf'], environment: [] });`);
  assert.is(stdout, '{"soft":512,"hard":1024}\n1\n2\n', stderr);
});

test('a soft limit above the hard one, and a resource that there is not, are refused', () => {
  assert.is(thrown(() => posix.setLimit(RLIMIT.CORE, 2, 1)).code, 'EINVAL');
  assert.is(thrown(() => posix.setLimit(RLIMIT.CORE, -1, 1)).code, 'EINVAL');
  for (const resource of [-1, 16, 1.5]) {
    assert.is(thrown(() => posix.getLimit(resource)).code, 'EINVAL');
    assert.is(thrown(() => posix.setLimit(resource, 0, 0)).code, 'EINVAL');
  }
});

test('who may not raise a hard limit is told so', () => {
  const { stdout, stderr } = inNode(
    `if (process.getuid() === 0) process.setuid(65534);
    posix.setLimit(${RLIMIT.FSIZE}, 512, 512);
    try {
      posix.setLimit(${RLIMIT.FSIZE}, null, null);
    } catch ({ code }) {
      console.log(code);
    }`,
  );
  assert.is(stdout, 'EPERM\n', stderr);
});

test.run();
