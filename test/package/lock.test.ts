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
/** Packages of this checkout, and what only tests of other runners need. */
const PLACES = ['.', 'test/runners'];
const lockOf = (place: string) =>
  (read(join(place, 'package-lock.json')) as { packages: Record<string, Entry> }).packages;
const manifest = read('package.json') as Entry;
const packages = lockOf('.');

test('the lock repeats what package.json says of dependencies, executables and platforms', () => {
  const fields = ['version', 'license', 'os', 'bin', 'engines', 'dependencies', 'devDependencies'];
  for (const place of PLACES) {
    const own = read(join(place, 'package.json')) as Entry;
    for (const field of fields) {
      assert.equal(
        lockOf(place)['']?.[field],
        own[field],
        `${place}: ${field}: run \`npm install\``,
      );
    }
  }
  assert.is(packages['']?.name, manifest.name);
});

test('the lock has each package for each platform, so that `npm ci` works on all of them', () => {
  const missing = PLACES.flatMap((place) => {
    const locked = lockOf(place);
    return Object.entries(locked).flatMap(([wanting, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !(`node_modules/${name}` in locked))
        .map((name) => `${place}: ${name}, wanted by ${wanting}`),
    );
  });
  assert.equal(missing, [], 'run `npm install --package-lock-only`');
  assert.ok('node_modules/@esbuild/linux-arm64' in packages); // so the loop above saw some
});

test('each package in the lock has its digest', () => {
  for (const [place, { integrity = '' }] of PLACES.flatMap((one) => Object.entries(lockOf(one)))) {
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
