/**
 * What bin/tsrootwrap runs: loads the bundled program with the code that V8 compiled for it when it
 * was built, which halves the time spent on it. The cache belongs to one version of V8; with any
 * other, or without it, V8 compiles as usual.
 */
import fs = require('node:fs');
import path = require('node:path');
import vm = require('node:vm');

type Program = { main(argv: readonly string[], invokedAs: string): number };

const bundle = path.join(__dirname, 'tsrootwrap.cjs');

/** The bundle as a function, the way Node wraps a CommonJS module. */
function compile(cachedData = readCache()): vm.Script {
  const text = fs.readFileSync(bundle, 'utf8');
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
  return new vm.Script(source, { filename: bundle, ...(cachedData && { cachedData }) });
}

function load(script: vm.Script): Program {
  const module = { exports: {} as Program };
  script.runInThisContext()(module.exports, require, module, bundle, __dirname);
  return module.exports;
}

/** Beside the bundle, and so as trusted as it: `tsrootwrap.V8-VERSION-ARCH.cache`. */
function cacheFile(): string {
  const { v8 } = process.versions;
  return path.join(__dirname, `tsrootwrap.${v8}-${process.arch}.cache`);
}

function readCache(): Buffer | undefined {
  try {
    return fs.readFileSync(cacheFile());
  } catch {
    return undefined; // built with another version of Node
  }
}

export = { cacheFile, compile, load };
