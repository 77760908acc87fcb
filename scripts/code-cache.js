// Compiles the one-shot executable's program with this Node and keeps V8's code beside it, where
// bin/tsrootwrap looks: without that, a third of the program's own time goes into compiling. Another
// version of V8 passes it over, so run this again after changing Node.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';

const require = createRequire(import.meta.url);
const location = resolve('dist/cli');
const filename = join(location, 'tsrootwrap.bundle');
const source = readFileSync(filename, 'utf8');

const script = new Script(source, { filename });
const program = { exports: {} };
script.runInThisContext()(program, program.exports, require, location, filename);
const { main } = program.exports;
const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-cache-'));
try {
  rehearse(directory);
} finally {
  rmSync(directory, { recursive: true });
}
const cachedData = script.createCachedData();
if (new Script(source, { filename, cachedData }).cachedDataRejected) {
  throw new Error('V8 does not take back the code that it made');
}
writeFileSync(`${filename}.${process.versions.v8}-${process.arch}`, cachedData);

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
