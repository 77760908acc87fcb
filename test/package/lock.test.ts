import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../support/executable.js';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly bundleDependencies?: true | readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const manifest = read('package.json') as Entry;
const { packages } = read('package-lock.json') as { packages: Record<string, Entry> };

test('the lock repeats what package.json says of dependencies, executables and platforms', () => {
  const fields = ['name', 'version', 'license', 'os', 'bin', 'engines'];
  for (const field of [...fields, 'dependencies', 'devDependencies']) {
    assert.equal(packages['']?.[field], manifest[field], `${field}: run \`npm install\``);
  }
});

test('the lock has each package for each platform, so that `npm ci` works on all of them', () => {
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in packages))
      .map((name) => `${name}, wanted by ${place}`),
  );
  assert.equal(missing, [], 'run `npm install --package-lock-only`');
  assert.ok('node_modules/@esbuild/linux-arm64' in packages); // so the loop above saw some
});

test('each package in the lock has its digest', () => {
  for (const [place, { integrity = '' }] of Object.entries(packages)) {
    if (place !== '') assert.match(integrity, /^sha512-/, place);
  }
});

test('the archive brings every package that the programs load', () => {
  const names = Object.keys(manifest.dependencies ?? {}).sort();
  assert.ok(names.length > 0);
  for (const bundled of [packages['']?.bundleDependencies, manifest.bundleDependencies]) {
    if (bundled !== true) assert.equal([...(bundled ?? [])].sort(), names);
  }
});

test('neither this package nor one that root loads runs a script when it is installed', () => {
  for (const [place, { dev, hasInstallScript }] of Object.entries(packages)) {
    if (!dev) assert.not.ok(hasInstallScript, place);
  }
  const scripts = Object.keys(manifest.scripts ?? {});
  assert.equal(
    scripts.filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name)),
    [],
  );
});

test.run();
