import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicPolicy, ROOT, run, SAFE_PATH } from '../support/executable.js';
import { temporaryDirectory } from '../support/policy-files.js';

test('V8’s code for another text of the same length does not run in its place', () => {
  const copy = temporaryDirectory();
  const location = join(copy, 'dist/cli');
  mkdirSync(location, { recursive: true });
  cpSync(join(ROOT, 'bin'), join(copy, 'bin'), { recursive: true });
  symlinkSync(join(ROOT, 'prebuilds'), join(copy, 'prebuilds'));
  for (const name of readdirSync(join(ROOT, 'dist/cli'))) {
    if (name.includes('.bundle')) cpSync(join(ROOT, 'dist/cli', name), join(location, name));
  }
  const bundle = join(location, 'tsrootwrap.bundle');
  const text = readFileSync(bundle, 'latin1');
  const other = text.replace('no filter matched', 'NO FILTER MATCHED').slice(0, -32);
  assert.is(other.length + 32, text.length);
  writeFileSync(bundle, `${other}${'0'.repeat(32)}`); // as a build would give it a digest of its own
  const { config } = publicPolicy('x: CommandFilter, x, root');
  const words = [join(copy, 'bin/tsrootwrap'), config, 'y'];
  const { stderr } = run(process.execPath, words, { env: { PATH: SAFE_PATH } });
  assert.is(stderr, 'tsrootwrap: Unauthorized command: y (NO FILTER MATCHED)\n');
});

test.run();
