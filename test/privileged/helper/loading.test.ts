import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWith } from '../../support/requirements.js';
import { described } from './described.js';
import { BEGIN, directoryOf } from './modules-directory.js';
import { type Answer, endHelpers, StartedHelper } from './started.js';

const SOMEBODY = 61191;
const NODE_20 = process.version.startsWith('v20.');
const RUNS_TYPESCRIPT = Boolean((process.features as { typescript?: unknown }).typescript);

/** Each says so on standard error, or to the caller, if it is loaded after all. */
const LOADED = {
  'bad/x.mjs': "console.log('was loaded'); export const value = 'was loaded';",
  'bad/x.cjs': "console.log('was loaded'); exports.value = 'was loaded';",
  'bad/x.json': '{ "value": "was loaded" }',
  'bad/x.node': 'no addon, but dlopen would say so',
  'bad/x.mts': "console.log('was loaded'); export const value: string = 'was loaded';",
  'good/to-bad.mjs': "import '../bad/x.mjs'; export const value = 'was loaded';",
  'good/to-bad.cjs': "exports.value = require('../bad/x.cjs').value;",
};

/** How a module may come to load a file: statements that leave its `value`. */
const WAYS: Readonly<Record<string, string>> = {
  'an import': "import { value } from '../bad/x.mjs';",
  'an import of an import': "import { value } from '../good/to-bad.mjs';",
  'an import of CommonJS': "import { value } from '../bad/x.cjs';",
  'an import of what requires': "import { value } from '../good/to-bad.cjs';",
  'an import of JSON':
    "import json from '../bad/x.json' with { type: 'json' }; const { value } = json;",
  'import()': "const { value } = await import('../bad/x.mjs');",
  'import() of a URL with a query': "const { value } = await import('../bad/x.mjs?again#1');",
  'require of CommonJS': "const { value } = require('../bad/x.cjs');",
  'require without an extension': "const { value } = require('../bad/x');",
  'require of JSON': "const { value } = require('../bad/x.json');",
  'require of an addon': "const { value } = require('../bad/x.node');",
  'require of an ES module': "const { value } = require('../bad/x.mjs');",
  'require of what imports': "const { value } = require('../good/to-bad.mjs');",
  'require of a path': "const { value } = require(import.meta.dirname + '/../bad/x.cjs');",
  'process.dlopen':
    "process.dlopen({ exports: {} }, import.meta.dirname + '/../bad/x.node'); const value = 1;",
  ...(RUNS_TYPESCRIPT && { 'an import of TypeScript': "import { value } from '../bad/x.mts';" }),
};

const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** modules/a.mjs, which loads a file from `bad`; what is wrong with that is the test's to say. */
function tree(way: string, spoil: (directory: string) => void): string {
  const body = `${REQUIRE}\n${way}\nexport const f = test.entrypoint({}, () => value);`;
  const directory = directoryOf({ ...LOADED, 'modules/a.mjs': `${BEGIN}\n${body}` });
  spoil(directory);
  return join(directory, 'modules');
}

const writable = (directory: string) => chmodSync(join(directory, 'bad'), 0o777);
const writableFiles = (directory: string) => {
  for (const kind of ['mjs', 'cjs', 'json', 'node', 'mts']) {
    chmodSync(join(directory, `bad/x.${kind}`), 0o664);
  }
};
const somebodys = (directory: string) => chownSync(join(directory, 'bad'), SOMEBODY, SOMEBODY);

testWith(['root'], 'whatever way leads to code that others can change, it is not loaded', () => {
  for (const [name, way] of Object.entries(WAYS)) {
    const { status, stderr } = described(tree(way, writable));
    assert.is(status, 1, name);
    assert.not.match(stderr, 'was loaded', name);
    const isRefusedByNode = NODE_20 && name.startsWith('require of') && /\.mjs'/.test(way);
    if (!isRefusedByNode) assert.match(stderr, /bad; take that from them \(chmod go-w\)/, name);
  }
});

testWith(['root'], 'the same ways lead to code that only root can change', () => {
  for (const [name, way] of Object.entries(WAYS)) {
    const { status, stderr } = described(tree(way, () => {}));
    const cannot =
      /\.node'/.test(way) || (NODE_20 && name.startsWith('require of') && /\.mjs'/.test(way));
    if (cannot)
      assert.match(stderr, /ERR_DLOPEN|file too short|invalid ELF|require\(\) of ES Module/, name);
    else assert.is(status, 0, `${name}: ${stderr}`);
  }
});

testWith(
  ['root'],
  'a file that is writable itself, or whose directory is not of root, is not loaded',
  () => {
    for (const spoil of [writableFiles, somebodys]) {
      for (const kind of ['import()', 'require of CommonJS', 'require of JSON', 'import of JSON']) {
        const way = WAYS[kind] ?? WAYS['an import of JSON'] ?? '';
        const { status, stderr } = described(tree(way, spoil));
        assert.is(status, 1);
        assert.match(stderr, /is not loaded: .*bad/);
      }
    }
  },
);

testWith(
  ['root'],
  'the directory of the modules, a module, and what is above them are judged too',
  () => {
    const spoils: ((modules: string) => void)[] = [
      (modules) => chmodSync(modules, 0o775),
      (modules) => chownSync(modules, SOMEBODY, 0),
      (modules) => chmodSync(join(modules, 'a.mjs'), 0o666),
      (modules) => chownSync(join(modules, 'a.mjs'), SOMEBODY, 0),
      (modules) => chmodSync(join(modules, '..'), 0o757),
      (modules) => chownSync(join(modules, '..'), SOMEBODY, 0),
      (modules) => writeFileSync(join(modules, 'package.json'), '{}', { mode: 0o600 }),
    ];
    for (const [index, spoil] of spoils.entries()) {
      const modules = tree('const value = 1;', () => {});
      spoil(modules);
      if (index === spoils.length - 1) chownSync(join(modules, 'package.json'), SOMEBODY, 0);
      const { status, stderr } = described(modules);
      assert.is(status, 1, `${index}`);
      assert.match(stderr, 'is not loaded', `${index}`);
    }
  },
);

testWith(['root'], 'a package is loaded from where links lead, if all of them are of root', () => {
  const way = "import { value } from 'p';";
  const install = (directory: string, where: string) => {
    mkdirSync(join(directory, where, 'real'), { recursive: true });
    writeFileSync(
      join(directory, where, 'real/package.json'),
      '{ "main": "x.js", "type": "module" }',
    );
    writeFileSync(join(directory, where, 'real/x.js'), 'export const value = import.meta.url;');
    mkdirSync(join(directory, 'modules/node_modules'));
  };
  const straight = tree(way, (directory) => {
    install(directory, 'store');
    symlinkSync('../../store/real', join(directory, 'modules/node_modules/p'));
  });
  assert.is(described(straight).status, 0);
  const around = tree(way, (directory) => {
    install(directory, 'store');
    mkdirSync(join(directory, 'theirs'));
    symlinkSync('../store/real', join(directory, 'theirs/way'));
    chownSync(join(directory, 'theirs'), SOMEBODY, SOMEBODY);
    symlinkSync('../../theirs/way', join(directory, 'modules/node_modules/p'));
  });
  assert.match(described(around).stderr, 'theirs belongs to user');
  const description = tree(way, (directory) => {
    install(directory, 'store');
    renameSync(join(directory, 'store/real'), join(directory, 'modules/node_modules/p'));
    chmodSync(join(directory, 'modules/node_modules/p/package.json'), 0o666);
  });
  assert.match(described(description).stderr, 'package.json is not loaded');
});

testWith(
  ['root'],
  'a package.json that leads elsewhere is judged, though nothing beside it is loaded',
  () => {
    for (const way of [
      "import { value } from 'p';",
      "const { value } = require('p');",
      "const { value } = require('./node_modules/p');",
    ]) {
      const modules = tree(way, (directory) => {
        mkdirSync(join(directory, 'modules/node_modules/p'), { recursive: true });
        const description = join(directory, 'modules/node_modules/p/package.json');
        writeFileSync(description, '{ "main": "../../../good/x.cjs" }');
        writeFileSync(join(directory, 'good/x.cjs'), 'exports.value = 1;');
      });
      assert.is(described(modules).status, 0, way);
      chmodSync(join(modules, 'node_modules/p/package.json'), 0o666);
      assert.match(described(modules).stderr, 'p/package.json is not loaded', way);
    }
  },
);

test('only files are loaded', () => {
  for (const way of [
    "import value from 'data:text/javascript,export default 1';",
    "const value = await import('data:application/json,1', { with: { type: 'json' } });",
    "const value = await import('http://192.0.2.1/x.mjs');",
    "const value = await import('https://192.0.2.1/x.mjs');",
    "const value = await import('blob:nodedata:00000000-0000-0000-0000-000000000000');",
  ]) {
    const { status, stderr } = described(
      tree(way, () => {}),
      ['--trust-user'],
    );
    assert.is(status, 1, way);
    assert.match(stderr, /not loaded: only files are|not supported|ERR_|Only URLs/, way);
  }
});

test("the names of this package mean the helper's own copy, whatever is installed", () => {
  const body = `${REQUIRE}
    import * as entry from 'tsrootwrap/privileged';
    if (require('tsrootwrap/privileged').context !== entry.context) throw new Error('another copy');
    export const f = test.entrypoint({}, () => 1);`;
  const directory = directoryOf({
    'a.mjs': `${BEGIN}\n${body}`,
    'node_modules/tsrootwrap/package.json':
      '{ "exports": { "./privileged": "./x.js" }, "type": "module" }',
    'node_modules/tsrootwrap/x.js': "throw new Error('a copy was loaded');",
  });
  const { description, stderr } = described(directory, ['--trust-user']);
  assert.is(description?.functions.length, 1, stderr);
  const wrong = directoryOf({ 'a.mjs': "import 'tsrootwrap/contexts';" });
  assert.match(described(wrong, ['--trust-user']).stderr, 'tsrootwrap has no tsrootwrap/contexts');
});

testWith(['root'], 'a user may be trusted besides root, and then only that one', () => {
  const owned = (directory: string) => {
    for (const path of ['', 'bad', 'bad/x.mjs', 'modules', 'modules/a.mjs']) {
      chownSync(join(directory, path), SOMEBODY, SOMEBODY);
    }
  };
  const modules = tree(WAYS['an import'] ?? '', owned);
  const as = (uid: number) => ({ uid, gid: uid });
  assert.is(described(modules, ['--trust-user'], as(SOMEBODY)).status, 0);
  assert.match(described(modules, [], as(SOMEBODY)).stderr, "it has to be root's");
  assert.match(
    described(modules, ['--trust-user'], as(SOMEBODY + 1)).stderr,
    `root or user ${SOMEBODY + 1}'s`,
  );
  assert.is(described(modules, ['--trust-user']).status, 1);
});

/** A helper whose functions load something when they are called. */
function lateLoader(): string {
  const directory = directoryOf({
    ...LOADED,
    'good/worker.mjs':
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('good');",
    'good/worker-to-bad.mjs': "import '../bad/x.mjs';",
    'bad/worker.mjs':
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage('was loaded');",
    'bad/worker.cjs': "require('node:worker_threads').parentPort.postMessage('was loaded');",
    'modules/a.mjs': `${BEGIN}
      import { Worker } from 'node:worker_threads';
      import { createRequire } from 'node:module';
      const path = { path: { type: 'string', pattern: '^' } };
      export const imports = test.entrypoint(path, async ({ path }) => (await import(path)).value);
      export const requires = test.entrypoint(path, ({ path }) => createRequire(import.meta.url)(path).value);
      export const works = test.entrypoint(path, ({ path }) => new Promise((resolve, reject) => {
        new Worker(new URL(path, import.meta.url)).on('message', resolve).on('error', reject);
      }));
      export const worksOn = test.entrypoint(path, ({ path }) => new Promise((resolve, reject) => {
        const text = \`const { parentPort } = require('node:worker_threads');
          import(\${JSON.stringify(new URL(path, import.meta.url).href)})
            .then(() => parentPort.postMessage('was loaded'));\`;
        new Worker(text, { eval: true }).on('message', resolve).on('error', reject);
      }));`,
  });
  chmodSync(join(directory, 'bad'), 0o777);
  return join(directory, 'modules');
}

function messageOf(answer: Answer): string {
  if (answer.type === 'result') return `result ${JSON.stringify(answer.value)}`;
  const { failure } = answer;
  return failure.kind === 'function' ? failure.thrown.message : JSON.stringify(failure);
}

testWith(['root'], 'what a function loads when it is called is judged then', async () => {
  const helper = await new StartedHelper(lateLoader()).ready();
  for (const [name, path] of [
    ['imports', '../bad/x.mjs'],
    ['imports', '../bad/x.cjs'],
    ['imports', '../good/to-bad.mjs'],
    ['imports', '../good/to-bad.cjs'],
    ['requires', '../bad/x.cjs'],
    ['requires', '../bad/x.json'],
    ['requires', '../good/to-bad.cjs'],
  ] as const) {
    const message = messageOf(await helper.call(name, { path }));
    assert.match(message, 'others than its owner may write to', `${name} ${path}`);
  }
  assert.is((await helper.hangUp()).code, 0);
});

testWith(['root'], 'a worker thread loads no other code than the helper', async () => {
  const helper = await new StartedHelper(lateLoader()).ready();
  const works = async (path: string) => messageOf(await helper.call('works', { path }));
  assert.is(await works('../good/worker.mjs'), 'result "good"');
  for (const path of ['../bad/worker.mjs', '../bad/worker.cjs', '../good/worker-to-bad.mjs']) {
    assert.match(await works(path), 'others than its owner may write to', path);
  }
  const answer = await helper.call('worksOn', { path: '../bad/x.mjs' });
  assert.is(messageOf(answer), 'a worker thread starts from a file; write its code into one');
  assert.is((await helper.hangUp()).code, 0);
});

test.after(endHelpers);

test.run();
