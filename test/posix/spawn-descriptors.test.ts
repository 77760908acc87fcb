import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { posix } from '#src/posix/addon.js';
import {
  children,
  image,
  listDescriptors,
  run,
  shell,
  temporaryFolder,
  thrown,
} from './program.js';

test('a child has descriptors 0, 1 and 2 although the parent holds others', async () => {
  const held = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
  assert.equal(await shell(listDescriptors), ['0', '1', '2']);
  for (const fd of held) closeSync(fd);
});

test('a child has none of the descriptors that the parent inherited without close-on-exec', () => {
  const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
  const script = `
    import { posix } from ${addon};
    posix.onExit(posix.spawn({ file: '/bin/sh', environment: [], stdio: [0, 1, 2],
      argv: ['sh', '-c', ${JSON.stringify(listDescriptors)}] }).pidfd, () => {});`;
  const output = execFileSync(
    '/bin/bash',
    [
      '-c',
      'exec 9</dev/null 150</dev/null; exec "$@"',
      'bash',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ],
    { encoding: 'utf8' },
  );
  assert.is(output, '0\n1\n2\n');
});

test('more than three descriptors may be given and no more arrive', async () => {
  assert.equal(await shell(listDescriptors, { stdio: [0, 1, 2, 0, 1] }), ['0', '1', '2', '3', '4']);
});

/** Three files a, b, c open in this process; runs `use` with their descriptors. */
async function withFiles(use: (fds: number[], folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const fds = ['a', 'b', 'c'].map((name) => {
    writeFileSync(join(folder, name), '');
    return openSync(join(folder, name), 'r+');
  });
  await use(fds, folder);
  for (const fd of fds) closeSync(fd);
}

test('descriptors arrive in the order given, doubled ones too', async () => {
  const orders = [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [0, 0, 0],
    [2, 2, 1],
    [1, 0, 1, 0, 2, 2],
  ];
  for (const order of orders) {
    await withFiles(async (fds, folder) => {
      const stdio = order.map((index) => fds[index] as number);
      const list = `all=$(for n in ${Object.keys(order).join(' ')}; do readlink /proc/$$/fd/$n; done); echo "$all" >$0`;
      const target = join(folder, 'list');
      await run(image('/bin/sh', ['-c', list, target], { stdio, environment: ['PATH=/bin'] }));
      const expected = order.map((index) => join(folder, 'abc'[index] as string));
      assert.equal(readFileSync(target, 'utf8').trim().split('\n'), expected);
    });
  }
});

test('sources that are themselves targets are exchanged, not overwritten', () => {
  const folder = temporaryFolder();
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), '');
  const addon = JSON.stringify(import.meta.resolve('#src/posix/addon.js'));
  const list = join(folder, 'list');
  for (const order of [
    [1, 0, 2],
    [2, 0, 1],
    [1, 2, 0],
    [2, 2, 0],
    [0, 1, 2, 1, 0],
  ]) {
    const script = `
      import { posix } from ${addon};
      posix.onExit(posix.spawn({ file: '/bin/sh', environment: ['PATH=/bin'], stdio: ${JSON.stringify(order)},
        argv: ['sh', '-c', 'all=$(for n in ${Object.keys(order).join(' ')}; do readlink /proc/$$/fd/$n; done); echo "$all" >$0', ${JSON.stringify(list)}]
      }).pidfd, () => {});`;
    execFileSync('/bin/sh', [
      '-c',
      'cd "$0" && exec "$@" <a >>b 2>>c',
      folder,
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ]);
    const expected = order.map((index) => join(folder, 'abc'[index] as string));
    assert.equal(readFileSync(list, 'utf8').trim().split('\n'), expected, order.join());
  }
});

test('a descriptor that is not open fails at stdio', () => {
  const error = thrown(() => posix.spawn(image('/bin/true', [], { stdio: [0, 1, 12_345] })));
  assert.equal([error.code, error.step], ['EBADF', 'stdio']);
  const low = thrown(() => posix.spawn(image('/bin/true', [], { stdio: [0, 1, 2, 3000, 12_345] })));
  assert.equal([low.code, low.step], ['EBADF', 'stdio']);
});

test('ten thousand children leave no descriptor and no zombie', async () => {
  await run(image('/bin/true', []));
  const descriptors = readdirSync('/proc/self/fd').length;
  const before = children().length;
  for (let done = 0; done < 10_000; done += 20) {
    await Promise.all(Array.from({ length: 20 }, () => run(image('/bin/true', []))));
  }
  assert.is(readdirSync('/proc/self/fd').length, descriptors);
  assert.is(children().length, before);
});

test('a thousand failures leave no descriptor and no zombie', () => {
  const descriptors = readdirSync('/proc/self/fd').length;
  const before = children().length;
  for (let done = 0; done < 1000; done++) thrown(() => posix.spawn(image('/bin/nothing', [])));
  assert.is(readdirSync('/proc/self/fd').length, descriptors);
  assert.is(children().length, before);
});

test.run();
