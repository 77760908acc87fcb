import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FilterIndex } from '#src/policy/filter-index.js';
import { ChainingRegExpFilter } from '#src/policy/filters/chaining-regexp-filter.js';
import { CommandFilter } from '#src/policy/filters/command-filter.js';
import { EnvFilter, leadingAssignments } from '#src/policy/filters/env-filter.js';
import type { Filter, FilterSource } from '#src/policy/filters/filter.js';
import { IpFilter } from '#src/policy/filters/ip-filter.js';
import { RegExpFilter } from '#src/policy/filters/regexp-filter.js';

function source(name: string): FilterSource {
  return { name, className: 'X', file: 'test', line: 1 };
}

function command(name: string, exec: string): Filter {
  return new CommandFilter(source(name), [exec, 'root']);
}

/** The candidates as `name: words`. */
function candidates(filters: readonly Filter[], ...words: string[]): string[] {
  return new FilterIndex(filters)
    .candidates(words)
    .map(({ filter, words }) => `${filter.source.name}: ${words.join(' ')}`);
}

test('filters for other commands are not asked', () => {
  const filters = [command('a', 'ls'), command('b', '/bin/cat'), command('c', 'ls')];
  assert.equal(candidates(filters, 'ls', '-l'), ['a: ls -l', 'c: ls -l']);
  assert.equal(candidates(filters, '/bin/cat'), ['b: /bin/cat']);
  assert.equal(candidates(filters, 'id'), []);
});

test('filters of every reach come in their own order', () => {
  const filters = [
    new ChainingRegExpFilter(source('any'), ['x', 'root', '.*']),
    new RegExpFilter(source('count'), ['x', 'root', '.*', '.*']),
    command('first', 'ip'),
    new EnvFilter(source('command'), ['env', 'root', 'A=', 'ip']),
    new IpFilter(source('ip'), ['ip', 'root']),
    new RegExpFilter(source('literal'), ['x', 'root', 'ip', '.*']),
    new RegExpFilter(source('three'), ['x', 'root', '.*', '.*', '.*']),
    new RegExpFilter(source('other'), ['x', 'root', 'tc', '.*']),
  ];
  const names = new FilterIndex(filters).candidates(['ip', 'a']).map((c) => c.filter.source.name);
  assert.equal(names, ['any', 'count', 'first', 'command', 'ip', 'literal']);
  const reversed = new FilterIndex([...filters].reverse()).candidates(['ip', 'a']);
  assert.equal(
    reversed.map((c) => c.filter.source.name),
    ['literal', 'ip', 'command', 'first', 'count', 'any'],
  );
});

test('the first EnvFilter takes env off for itself and for all filters after it', () => {
  const filters = [
    command('before', 'env'),
    command('before_ls', 'ls'),
    new EnvFilter(source('env1'), ['env', 'root', 'A=', 'tool']),
    command('after', 'env'),
    command('after_ls', 'ls'),
    new EnvFilter(source('env2'), ['env', 'root', 'B=', 'ls']),
  ];
  assert.equal(candidates(filters, 'env', 'ls'), ['before: env ls', 'after_ls: ls', 'env2: ls']);
  assert.equal(candidates(filters, 'env', 'A=1', 'tool'), [
    'before: env A=1 tool',
    'env1: A=1 tool',
  ]);
  assert.equal(candidates(filters, 'env'), ['before: env']);
});

test('from the second EnvFilter on nothing is asked about env env', () => {
  const filters = [
    new EnvFilter(source('env1'), ['env', 'root', 'A=', 'env']),
    command('env', 'env'),
    new EnvFilter(source('env2'), ['env', 'root', 'B=', 'env']),
    command('env_too', 'env'),
  ];
  assert.equal(candidates(filters, 'env', 'env', 'x'), ['env1: env x', 'env: env x']);
  assert.equal(candidates(filters, 'env', 'B=1', 'env'), ['env1: B=1 env', 'env2: B=1 env']);
});

test('without an EnvFilter env stays', () => {
  const filters = [command('ls', 'ls'), command('env', 'env')];
  assert.equal(candidates(filters, 'env', 'ls'), ['env: env ls']);
});

test('an EnvFilter is found by the first word that sets no variable', () => {
  const filters = [new EnvFilter(source('x'), ['env', 'root', 'A=', 'tool'])];
  assert.equal(candidates(filters, 'A=1', 'B=2', 'tool', 'C=3'), ['x: A=1 B=2 tool C=3']);
  assert.equal(candidates(filters, 'A=1', 'sh', 'tool'), []);
  assert.equal(candidates(filters, 'A=1'), []);
});

test('names that objects inherit are commands like any other', () => {
  const filters = [command('x', 'constructor'), command('y', '__proto__')];
  assert.equal(candidates(filters, 'constructor'), ['x: constructor']);
  assert.equal(candidates(filters, '__proto__'), ['y: __proto__']);
  assert.equal(candidates(filters, 'toString'), []);
});

test('leading assignments end at the first word without =', () => {
  assert.is(leadingAssignments(['A=1', '=', 'x', 'B=2']), 2);
  assert.is(leadingAssignments(['A=1']), 1);
  assert.is(leadingAssignments([]), 0);
});

test.run();
