import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { daemonExecutable } from '../support/daemon.js';
import { publicDirectory, publicPolicy, run, SAFE_PATH } from '../support/executable.js';
import { testWith } from '../support/requirements.js';

/** Mounts a small file system, leaves it that many free inodes, runs the rest and lists what is there. */
const FULL = `
  mount -t tmpfs -o size=64k,nr_inodes=8,mode=755 tmpfs "$1" || exit 1
  i=$((7 - $2)); while [ $i -gt 0 ]; do : > "$1/filler$i"; i=$((i - 1)); done
  dd if=/dev/zero of="$1/filler1" 2> /dev/null
  directory=$1; shift 2
  "$@" < /dev/null; status=$?
  ls "$directory" | grep -v filler
  exit $status`;

for (const [free, what] of [
  [0, 'the directory of its socket'],
  [1, 'its socket'],
] as const) {
  testWith(
    ['root', 'mount namespaces'],
    `a daemon without room for ${what} says so and leaves nothing`,
    () => {
      const place = join(publicDirectory(), 'place');
      mkdirSync(place);
      const { config } = publicPolicy('', `daemon_directory = ${place}`);
      const words = ['-m', 'sh', '-c', FULL, 'sh', place, String(free), daemonExecutable(), config];
      const { status, stdout, stderr } = run('unshare', words, { env: { PATH: SAFE_PATH } });
      assert.is(stdout, '', 'something was left, or it has started');
      assert.match(stderr, /^tsrootwrap-daemon: [^\n]+\n$/, 'not one line');
      assert.match(stderr, place);
      assert.match(stderr, 'ENOSPC');
      assert.match(stderr, 'daemon_directory');
      assert.is(status, 126);
      assert.equal(readdirSync(place), []);
    },
  );
}

test.run();
