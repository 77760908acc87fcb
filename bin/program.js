// The program behind tsrootwrap, tsrootwrap-daemon and tsrootwrap-privileged: which of them, the name says
// by which it was called. The launcher starts it (native/programs/launcher.c); without that,
//
//   node bin/program.js tsrootwrap CONFIG COMMAND...
//
// does the same with the variables and limits of this process.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `tsrootwrap: nothing was run: it needs Node 20.19 or newer, and ${process.execPath} is ${process.versions.node}; install a newer one, or link it beside tsrootwrap`,
  );
  process.exit(97);
}

const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const [name = 'tsrootwrap', ...words] = process.argv.slice(2);
const program = `tsrootwrap${/-(?:daemon|privileged)$/.exec(name)?.[0] ?? ''}`;
const directory = `${__dirname}/../dist/cli`;
let patterns; // each pattern asks for it again

try {
  const ended = load(program).main(words, name);
  if (ended?.then) ended.then(end, fail);
  else end(ended);
} catch (error) {
  fail(error);
}

function end(status) {
  process.exitCode = status;
}

function fail(error) {
  console.error(`tsrootwrap: nothing was run: ${error.message}`); // a fault of ours, or no addon
  end(97);
}

// The program is one file, and a second for when patterns are asked. Each ends with its own digest,
// under which V8's code for it lies beside it; another version of V8 compiles as usual.
function load(name) {
  const filename = `${directory}/${name}.bundle`;
  const source = readFileSync(filename, 'latin1');
  const cachedData = read(
    `${filename}.${source.slice(-32)}.${process.versions.v8}-${process.arch}`,
  );
  const script = new Script(source, { filename, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, find, directory, filename);
  return module.exports;
}

function find(name) {
  if (name !== 'patterns') return require(name);
  patterns ??= load(name);
  return patterns;
}

function read(filename) {
  try {
    return readFileSync(filename);
  } catch {
    return undefined;
  }
}
