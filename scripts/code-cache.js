// Compiles the one-shot executable's program with this Node and keeps V8's code beside it, where
// bin/program.js looks: without that, a third of the program's own time goes into compiling. Another
// version of V8 passes it over, so run this again after changing Node.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Script } from 'node:vm';

const require = createRequire(import.meta.url);
const location = resolve('dist/cli');
const scripts = new Map();

let said = '';

const { main } = withQuietAddon(() => load('tsrootwrap'));
const directory = mkdtempSync(join(tmpdir(), 'tsrootwrap-cache-'));
try {
  const config = writePolicy(directory);
  rehearse([config, 'plain', 'word']);
  keepCode('tsrootwrap'); // before it has met a pattern: most of what it runs then is rarely needed
  rehearse([config, 'pattern', 'eth0.100']);
  keepCode('patterns');
} finally {
  rmSync(directory, { recursive: true });
}

/** As in bin/program.js. */
function load(name) {
  const filename = join(location, `${name}.bundle`);
  const script = new Script(readFileSync(filename, 'latin1'), { filename });
  scripts.set(name, script);
  const module = { exports: {} };
  let patterns;
  const find = (wanted) => {
    if (wanted !== 'patterns') return require(wanted);
    patterns ??= load(wanted);
    return patterns;
  };
  script.runInThisContext()(module, module.exports, find, location, filename);
  return module.exports;
}

/** A configuration that allows two programs which cannot start. */
function writePolicy(directory) {
  const config = join(directory, 'rootwrap.conf');
  const filters = join(directory, 'filters.d');
  process.umask(0o022);
  mkdirSync(filters);
  for (const name of ['plain', 'pattern']) {
    writeFileSync(join(directory, name), '#!/nonexistent/interpreter\n');
    chmodSync(join(directory, name), 0o755);
  }
  writeFileSync(
    join(filters, 'a.filters'),
    `[Filters]
plain: CommandFilter, plain, root
pattern: RegExpFilter, pattern, root, pattern, [a-z]+[0-9]+(\\.[0-9]+)?
`,
  );
  writeFileSync(config, `[DEFAULT]\nfilters_path = filters.d\nexec_dirs = ${directory}\n`);
  return config;
}

/** V8 keeps the functions that have run: walks the usual way, up to where the program would start. */
function rehearse(words) {
  const status = main(words, 'tsrootwrap');
  if (status !== 126) throw new Error(`the rehearsal ended with ${status}: ${said}`);
}

function keepCode(name) {
  const filename = join(location, `${name}.bundle`);
  const source = readFileSync(filename, 'latin1');
  const cachedData = scripts.get(name).createCachedData();
  const again = new Script(source, { filename, cachedData });
  if (again.cachedDataRejected) throw new Error('V8 does not take back the code that it made');
  const { versions, arch } = process;
  writeFileSync(`${filename}.${source.slice(-32)}.${versions.v8}-${arch}`, cachedData);
}

/** Keeps what main writes to standard error, which it does by the addon, from the build's output. */
function withQuietAddon(load) {
  const { dlopen } = process;
  process.dlopen = (module, ...rest) => {
    dlopen.call(process, module, ...rest);
    module.exports.writeWithin = (_fd, bytes) => {
      said += bytes.toString();
      return bytes.length;
    };
  };
  try {
    return load();
  } finally {
    process.dlopen = dlopen;
  }
}
