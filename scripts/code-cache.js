// Compiles the one-shot executable with this Node and keeps V8's code beside it (src/cli/start.cts):
// without that, a third of its own time goes into compiling. Run again after changing Node.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { cacheFile, compile, load } = require('../dist/cli/start.cjs');

const script = compile(null);
const { main } = load(script);
const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-cache-'));
try {
  rehearse(directory);
} finally {
  rmSync(directory, { recursive: true });
}
writeFileSync(cacheFile(), script.createCachedData());

/** V8 keeps the functions that have run: walks the usual way up to a program that cannot start. */
function rehearse(directory) {
  const program = join(directory, 'program');
  const config = join(directory, 'rootwrap.conf');
  const filters = join(directory, 'filters.d');
  process.umask(0o022);
  mkdirSync(filters);
  writeFileSync(program, '#!/nonexistent/interpreter\n');
  chmodSync(program, 0o755);
  writeFileSync(join(filters, 'a.filters'), `[Filters]\nprogram: CommandFilter, program, root\n`);
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\nexec_dirs = ${directory}\n`);
  const { status, said } = quietly(() => main([config, 'program', 'word'], 'tsrootwrap'));
  if (status !== 126) throw new Error(`the rehearsal ended with ${status}: ${said}`);
}

/** Keeps what main writes to standard error from the build's output. */
function quietly(run) {
  const fs = require('node:fs');
  const { writeSync } = fs;
  let said = '';
  fs.writeSync = (_fd, bytes, from = 0) => {
    said += bytes.subarray(from).toString();
    return bytes.length - from;
  };
  try {
    return { status: run(), said };
  } finally {
    fs.writeSync = writeSync;
  }
}
