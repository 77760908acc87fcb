import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema, StringSchema } from '#src/privileged/schema/types.js';
import { described, foundFor, foundIn, modulesOf, netContext } from '../../support/modules.js';

const POWERLESS = netContext({ capabilities: [] });
const text = (pattern: string, more: Partial<StringSchema> = {}): StringSchema => ({
  type: 'string',
  pattern,
  ...more,
});

test("the issue's own pattern takes a name of dots, and no more is said of it", () => {
  const bridge = text('^[a-z0-9._-]{1,15}$');
  const found = foundIn(modulesOf([described({ bridge })]));
  assert.is(found.length, 1);
  const [{ rule, severity, example, instead } = {} as never] = found;
  assert.equal([rule, severity, example], ['privileged-dots', 'low', ['..']]);
  assert.is(instead, 'write ^(?!\\.\\.?$)[a-z0-9._-]{1,15}$');
  assert.equal(foundFor({ bridge: text('^(?!\\.\\.?$)[a-z0-9._-]{1,15}$') }), []);
  assert.equal(foundFor({ bridge: text('^[a-z0-9_-]{1,15}$') }), []);
});

test('what is written out, counted or bytes alone is left alone', () => {
  const narrow: Record<string, Schema> = {
    path: { type: 'string', enum: ['/etc/shadow', '/etc/passwd'] },
    target: { enum: ['a', null] },
    device: { const: '/dev/sda' },
    mtu: { type: 'integer' },
    data: { type: 'bytes' },
    up: { type: 'boolean' },
    mode: { type: 'string', enum: ['on'] },
    file: text('^[a-z]+\\.conf$'),
    files: { type: 'array', maxItems: 3, items: text('^/var/lib/app/[a-z]+$') },
    letter: { type: 'string', maxLength: 1 },
    remote: { type: 'null' },
    network: { type: 'string', format: 'cidr' },
    hostKey: { type: 'string', format: 'uuid' },
    address: { type: 'string', format: 'ipv6', pattern: '^f' },
  };
  assert.equal(foundFor(narrow), []);
  assert.equal(foundFor({}), []);
});

test('a slow pattern beside a format is found, and so is a format that there is not', () => {
  const slow: Schema = { type: 'string', format: 'ipv4', pattern: '^(a+)+$' };
  assert.equal(foundFor({ address: slow }), ['medium slow-pattern']);
  const format = 'hostname' as StringSchema['format'] & string;
  assert.equal(foundFor({ name: { type: 'string', format } }), ['high bad-schema']);
});

test('no schema, and one that the helper would not compile, are found', () => {
  assert.equal(foundFor(null), ['high no-schema']);
  assert.equal(foundFor({ name: text('^[a-z') }), ['high bad-schema']);
  assert.equal(foundFor({ name: {} as Schema }), ['high bad-schema']);
  const returns = { type: 'text' } as unknown as Schema;
  const [finding] = foundIn(modulesOf([described({}, { returns })]));
  assert.is(finding?.rule, 'privileged-bad-schema');
});

test('a string that looks like a path and says nothing is found by any of its names', () => {
  const names = ['path', 'configFile', 'config_file', 'CONFIG-FILE', 'sourceDir', 'devices'];
  const more = ['targetURL', 'sshKey', 'binaries', 'netns', 'command', 'logDirectory', 'dst'];
  for (const name of [...names, ...more]) {
    assert.equal(foundFor({ [name]: { type: 'string' } }), ['high free-path'], name);
    assert.equal(foundFor({ [name]: { type: 'string' } }, POWERLESS), ['medium free-path'], name);
  }
  const root = netContext({ capabilities: [], user: 'root' });
  assert.equal(foundFor({ path: { type: 'string' } }, root), ['high free-path']);
});

test('other strings that say nothing are worth a look', () => {
  for (const name of ['bridge', 'profile', 'pathology', 'user', 'monkey']) {
    assert.equal(foundFor({ [name]: { type: 'string' } }), ['low free-string'], name);
  }
  assert.equal(foundFor({ path: { type: 'string', maxLength: 3 } }), ['low free-string']);
});

test('strings are found in objects, arrays, alternatives, and as names of properties', () => {
  const free: Schema = { type: 'string' };
  const nested: Record<string, [Schema, string]> = {
    paths: [{ type: 'array', maxItems: 9, items: free }, 'paths[]'],
    options: [{ type: 'object', properties: { file: free } }, 'options.file'],
    file: [{ type: 'object', properties: { name: free } }, 'file.name'],
    target: [{ anyOf: [{ type: 'null' }, free] }, 'target'],
    log: [{ type: 'object', additionalProperties: free, propertyNames: text('^a$') }, 'log.*'],
    dirs: [{ type: 'object', additionalProperties: { type: 'null' } }, 'names in dirs'],
  };
  for (const [name, [schema, label]] of Object.entries(nested)) {
    const [finding, ...others] = foundIn(modulesOf([described({ [name]: schema })]));
    assert.equal(others, [], name);
    assert.is(finding?.rule, 'privileged-free-path', name);
    assert.is(finding?.problem.startsWith(`${label} takes any text`), true, finding?.problem);
  }
});

test('a pattern for a path that lets a word out is found, with the word', () => {
  const loose = ['^/var/lib/app/[a-z./]+$', '^[^\\0]+$', '^/etc/[a-z]+$', '^/dev/[a-z]+$', '^.+$'];
  const odd = ['^(?<all>.*)$', '^[^]+$', '^[\\p{L}./]+$', '^(?:\\.\\./)+\\u{78}$'];
  for (const pattern of [...loose, ...odd]) {
    const [finding, ...others] = foundIn(modulesOf([described({ file: text(pattern) })]));
    assert.equal(others, [], pattern);
    assert.is(finding?.rule, 'privileged-path-escape', pattern);
    assert.match(finding?.example?.[0] ?? '', new RegExp(pattern, 'u'));
  }
  assert.equal(foundFor({ file: text('^.+$') }, POWERLESS), ['medium path-escape']);
  assert.equal(foundFor({ file: text('^[a-z/]+$') }), ['high path-escape']);
  assert.equal(foundFor({ file: text('^/srv/[a-z/]+$') }), []);
  assert.equal(foundFor({ file: text('^(?!.*\\.\\.)/srv/[a-z./]+$') }), []);
});

test('the length of a word counts', () => {
  assert.equal(foundFor({ file: text('^[./x]+$', { maxLength: 4 }) }), ['high path-escape']);
  assert.equal(foundFor({ file: text('^[.x][./x]+$', { maxLength: 3 }) }), ['low dots']);
  assert.equal(foundFor({ file: text('^[.x]+$', { maxLength: 1 }) }), []);
  assert.equal(foundFor({ file: text('^[./x]+$', { minLength: 41 }) }), ['high path-escape']);
});

test('a pattern that is not bound at both ends is found, and what to write is', () => {
  const advice = (pattern: string) => {
    const [finding] = foundIn(modulesOf([described({ name: text(pattern) })]));
    assert.is(finding?.rule, 'privileged-unanchored', pattern);
    return finding?.instead;
  };
  assert.is(advice('[a-z]+'), 'write ^(?:[a-z]+)$, or what is meant');
  assert.is(advice('^[a-z]+'), 'write ^[a-z]+$, or what is meant');
  assert.is(advice('[a-z]+$'), 'write ^[a-z]+$, or what is meant');
  assert.is(advice('^a|b$'), 'write ^(?:^a|b$)$, or what is meant');
  assert.is(advice('^\\p{L}+'), 'write ^\\p{L}+$, or what is meant');
  assert.equal(foundFor({ name: text('[a-z]+') }), ['medium unanchored']);
  assert.equal(foundFor({ file: text('[a-z]+') }), ['medium unanchored', 'high path-escape']);
  assert.equal(foundFor({ name: text('^(?:a|b)$') }), []);
  assert.equal(foundFor({ name: text('^a$|^b$') }), []);
});

test('text that surely is no name in a path may hold dots', () => {
  assert.equal(foundFor({ name: text('^[0-9.]+$') }), ['low dots']);
  assert.equal(foundFor({ ipAddress: text('^[0-9.]+$') }), []);
});

test('a pattern that cannot be judged is told for paths, where no usual word was found', () => {
  assert.equal(foundFor({ file: text('^\\p{L}+$') }), ['low too-complex']);
  assert.equal(foundFor({ name: text('^\\p{L}+$') }), []);
});

test('a word that looks like an option is found where arguments of commands are', () => {
  const items = text('^[a-z-]+$');
  assert.equal(foundFor({ args: { type: 'array', maxItems: 2, items } }), ['low option']);
  assert.equal(foundFor({ extraOptions: items }), ['low option']);
  assert.equal(foundFor({ extraOptions: text('^[a-z][a-z-]*$') }), []);
  assert.equal(foundFor({ bridge: items }), []);
});

test('a pattern that never ends is found, unless the word is too short for that', () => {
  assert.equal(foundFor({ name: text('^(a+)+$') }), ['medium slow-pattern']);
  assert.equal(foundFor({ name: text('^(a+)+$', { maxLength: 12 }) }), []);
});

test('an array without an end is found', () => {
  const items: Schema = { type: 'integer' };
  assert.equal(foundFor({ ports: { type: 'array', items } }), ['low long-array']);
  assert.equal(foundFor({ ports: { type: 'array', items, maxItems: 5 } }), []);
});

test('where and what together are a write of any file', () => {
  const path: Schema = { type: 'string' };
  const data: Schema = { type: 'bytes' };
  const both = ['high free-path', 'high any-write'];
  assert.equal(foundFor({ path, data }), both);
  assert.equal(foundFor({ path, mode: { type: 'integer' } }), both);
  assert.equal(foundFor({ path, blob: data }, POWERLESS), ['medium free-path', 'medium any-write']);
  assert.equal(foundFor({ path, up: { type: 'boolean' } }), ['high free-path']);
  assert.equal(foundFor({ path, mode: { type: 'string', enum: ['on'] } }), ['high free-path']);
  assert.equal(foundFor({ path: text('^[a-z]+$'), data }), []);
  const files: Schema = { type: 'object', additionalProperties: data };
  assert.equal(foundFor({ files }), both);
});

test('functions that are root by another name are found', () => {
  const free: Schema = { type: 'string' };
  const high = (args: Record<string, Schema>) =>
    foundFor(args).filter((found) => found.startsWith('high')).length;
  assert.is(high({ path: free, mode: { type: 'integer' }, data: { type: 'bytes' } }), 2);
  assert.is(high({ command: free, args: { type: 'array', items: free } }), 1);
  assert.is(high({ source: free, target: free, options: free }), 2);
});

test('a pattern for a path that takes for ever is told of in the end, and not taken for narrow', () => {
  assert.ok(foundFor({ file: text('^(?:[a-z./]+)+!$') }).includes('high path-escape'));
  assert.equal(foundFor({ file: text('^(?:a+)+$') }), ['medium slow-pattern']);
});

const atom = fc.constantFrom('[a-z]', '.', '\\.', '/', '[./]', '[^x]', 'etc', '\\.\\.', '[\\w./]');
const piece = fc
  .tuple(atom, fc.constantFrom('', '+', '*', '?', '{2}', '{1,20}'))
  .map(([set, times]) => (times === '' ? set : `(?:${set})${times}`));
const branch = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
const pattern = fc
  .tuple(
    fc.constantFrom('^', '^', ''),
    fc.constantFrom('', '(?!\\.)', '(?!.*\\.\\.)'),
    fc.array(branch, { minLength: 1, maxLength: 2 }),
    fc.constantFrom('$', '$', ''),
  )
  .map(([start, look, branches, end]) => `${start}${look}(?:${branches.join('|')})${end}`);
const limit = fc.option(fc.integer({ min: 10, max: 40 }), { nil: undefined });
const name = fc.constantFrom('path', 'fileName', 'log_dir', 'devices', 'theTarget');

test('a pattern that lets ../../etc/shadow pass as a path is found, whatever it is', () => {
  let passed = 0;
  let found = 0;
  fc.assert(
    fc.property(name, pattern, limit, (name, pattern, maxLength) => {
      const schema = text(pattern, maxLength === undefined ? {} : { maxLength });
      const expression = new RegExp(pattern, 'u');
      const lets = (word: string) =>
        expression.test(word) && word.length <= (maxLength ?? Number.POSITIVE_INFINITY);
      const all = foundIn(modulesOf([described({ [name]: schema })]));
      const finding = all.find(({ rule }) => rule === 'privileged-path-escape');
      if (lets('../../etc/shadow')) {
        passed++;
        assert.is(finding?.severity, 'high', `${pattern} ${maxLength}`);
      }
      for (const { example: [word] = [] } of all) {
        if (word === undefined) continue;
        found++;
        assert.ok(lets(word), `${pattern} does not take ${JSON.stringify(word)}`);
      }
    }),
    { numRuns: 700, seed: 20261121 },
  );
  assert.ok(passed > 50, `only ${passed} patterns let it pass`);
  assert.ok(found > passed);
});

test.run();
