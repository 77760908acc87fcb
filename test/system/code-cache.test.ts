import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicPolicy, ROOT, run, SAFE_PATH } from '../support/executable.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { testWith } from '../support/requirements.js';

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
  const other = text.replace('Cannot run', 'CANNOT RUN').slice(0, -32);
  assert.is(other.length + 32, text.length);
  writeFileSync(bundle, `${other}${'0'.repeat(32)}`); // as a build would give it a digest of its own
  // the build's rehearsal ended like this, so V8's code has the function with these words
  const { config, bin } = publicPolicy('x: CommandFilter, x, root');
  writeFileSync(join(bin, 'x'), '#!/nonexistent\n', { mode: 0o755 });
  const words = [join(copy, 'bin/program.js'), 'tsrootwrap', config, 'x'];
  const { stderr } = run(process.execPath, words, { env: { PATH: SAFE_PATH } });
  assert.match(stderr, /^tsrootwrap: CANNOT RUN /);
});

testWith(
  ['strace'],
  'the engine for patterns is loaded once, however many patterns there are',
  () => {
    const filters = Array.from(
      { length: 100 },
      (_, i) => `x${i}: RegExpFilter, x, root, x, [a-z]+${i}`,
    );
    const { config } = publicPolicy(filters.join('\n'));
    const trace = join(temporaryDirectory(), 'trace');
    const words = [join(ROOT, 'bin/program.js'), 'tsrootwrap', config, 'x', 'abcé'];
    const strace = ['-f', '-qq', '-e', 'trace=openat', '-o', trace, process.execPath, ...words];
    assert.is(run('strace', strace, { env: { PATH: SAFE_PATH } }).status, 99);
    const opened = readFileSync(trace, 'latin1').match(/patterns\.bundle"/g);
    assert.is(opened?.length, 1);
  },
);

test.run();
