import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNotLoaded } from '#src/posix/addon.js';

test('where Node is built for musl, that is what is said', () => {
  const why = whyNotLoaded({ arch: 'x64' }, 'ld-linux-x86-64.so.2: no such file');
  assert.match(why, /^this Node is not built for glibc, but for musl, it seems \(ld-linux/);
  assert.match(why, /needs a system with glibc/);
});

test('where Node is built for glibc, the addon has to be built', () => {
  const { header } = process.report.getReport() as { header: object };
  assert.match(whyNotLoaded(header, 'no such file'), /^no native addon .*make -C native/);
});

test.run();
