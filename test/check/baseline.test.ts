import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compare, knownFindings } from '#src/check/baseline.js';
import { BaselineError, readBaseline, writeBaseline } from '#src/check/baseline-file.js';
import type { Finding } from '#src/check/finding.js';
import { type IdentifiedFinding, identify } from '#src/check/fingerprint.js';
import { readPolicySource } from '#src/policy/policy-source.js';
import { policyFiles, temporaryDirectory } from '../support/policy-files.js';

/** A finding about each filter, and one about the configuration. */
function found(filters: string, problem = 'takes anything'): IdentifiedFinding[] {
  const { config } = policyFiles(filters);
  const source = readPolicySource(config);
  const findings = source.definitions.map(
    ({ source: { file, line, name } }): Finding => ({
      rule: 'open',
      severity: 'high',
      file,
      line,
      filter: name,
      problem,
    }),
  );
  return identify(
    [{ rule: 'key', severity: 'low', file: config, line: 2, problem: 'x is unknown' }, ...findings],
    source,
  );
}

const TEE = 'tee: CommandFilter, tee, root\n';
const DD = 'dd: CommandFilter, dd, root\n';

test('a finding stays known when its line moves, when it is spaced otherwise, and in another checkout', () => {
  const baseline = knownFindings(found(TEE));
  const moved = found(`# a comment\n\ntee = CommandFilter,tee ,  root\n`);
  assert.equal(compare(moved, baseline), { findings: [], known: 2, gone: [] });
});

test('a filter whose text, class or name was changed is a new finding, and the old one is gone', () => {
  const baseline = knownFindings(found(TEE));
  for (const changed of [
    'tee: CommandFilter, tee, daemon',
    'tee: RegExpFilter, tee, root',
    'tee2: CommandFilter, tee, root',
    'tee: CommandFilter, tee, root, ',
  ]) {
    const { findings, known, gone } = compare(found(changed), baseline);
    assert.is(findings.length, 1, changed);
    assert.is(known, 1);
    assert.equal(
      gone.map(({ filter }) => filter),
      ['tee'],
    );
  }
});

test('the same finding of another rule or in another file is new', () => {
  const [, first] = found(TEE);
  assert.ok(first);
  const source = { path: '/p/c', config: undefined, files: ['/p/c'], definitions: [] };
  const again = (change: object) =>
    identify([{ ...(first as Finding), file: '/p/c', ...change }], source)[0]?.fingerprint;
  const same = again({});
  assert.is(again({ line: 77, severity: 'low' }), same);
  assert.is.not(again({ rule: 'other' }), same);
  assert.is.not(again({ file: '/p/d' }), same);
  assert.is.not(again({ problem: 'other' }), same);
  assert.is(again({ problem: 'as in f:3 and line 9' }), again({ problem: 'as in f:4 and line 8' }));
});

test('findings that look the same are counted: one more than known is new', () => {
  const twice = (count: number) => {
    const [finding] = found(TEE).slice(1);
    assert.ok(finding);
    return Array.from({ length: count }, () => finding);
  };
  const baseline = knownFindings(twice(2));
  assert.is(baseline.length, 1);
  assert.is(baseline[0]?.count, 2);
  assert.is(compare(twice(3), baseline).findings.length, 1);
  const fewer = compare(twice(1), baseline);
  assert.is(fewer.known, 1);
  assert.is(fewer.gone[0]?.count, 1);
});

test('an entry twice in the baseline counts twice, and each is told once when gone', () => {
  const [entry] = knownFindings(found(TEE));
  assert.ok(entry);
  const { gone } = compare([], [entry, entry]);
  assert.equal(gone, [entry, entry]);
});

test('a file of the policy is named from the configuration, one of the system by its path', () => {
  const { config } = policyFiles(TEE);
  const source = readPolicySource(config);
  const about = (file: string) => ({ rule: 'r', severity: 'low', file, line: 0, problem: 'p' });
  const files = [config, `${config.replace(/[^/]+$/, '')}filters.d/test.filters`, '/usr/bin/tee'];
  const places = identify(files.map(about) as Finding[], source).map(({ place }) => place);
  assert.equal(places, ['rootwrap.conf', 'filters.d/test.filters', '/usr/bin/tee']);
});

test('a written baseline is read back, one entry a line, sorted, with nothing left beside it', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'known.json');
  const known = knownFindings(found(`${TEE}${DD}`));
  writeBaseline(file, known);
  assert.equal(readBaseline(file), known);
  assert.equal(readdirSync(directory), ['known.json']);
  const lines = readFileSync(file, 'utf8').split('\n');
  assert.is(lines.length, known.length + 3);
  writeBaseline(file, knownFindings(found(`${DD}${TEE}`).reverse()));
  assert.is(readFileSync(file, 'utf8'), lines.join('\n'), 'the order of findings shows');
  writeBaseline(file, []);
  assert.equal(readBaseline(file), []);
});

test('hostile names are escaped in the file, and come back as they were', () => {
  const file = join(temporaryDirectory(), 'known.json');
  const known = knownFindings(found(TEE)).map((entry) => ({ ...entry, file: 'a\n\x1b[2J\u202e' }));
  writeBaseline(file, known);
  assert.not.match(readFileSync(file, 'utf8'), /[^\n -~]/);
  assert.equal(readBaseline(file), known);
});

test('nothing but a baseline or an empty file is written over, and no link is followed', () => {
  const directory = temporaryDirectory();
  const path = (name: string) => join(directory, name);
  writeFileSync(path('other'), '[DEFAULT]\n');
  writeFileSync(path('empty'), '');
  symlinkSync('empty', path('link'));
  writeBaseline(path('baseline'), []);
  symlinkSync('baseline', path('link-to-baseline'));
  symlinkSync('missing', path('dangling'));
  mkdirSync(path('directory'));
  for (const name of [
    'other',
    'link',
    'link-to-baseline',
    'dangling',
    'directory',
    'missing/file',
    'other/file',
  ]) {
    assert.throws(() => writeBaseline(path(name), []), isBaselineError, name);
  }
  assert.is(readFileSync(path('other'), 'utf8'), '[DEFAULT]\n');
  assert.is(readFileSync(path('empty'), 'utf8'), '');
  assert.ok(lstatSync(path('link')).isSymbolicLink());
  assert.not.ok(existsSync(path('missing')));
  writeBaseline(path('empty'), []);
  assert.is(readdirSync(directory).length, 7, 'a temporary file was left');
});

test('what was written in vain is removed again', () => {
  const leftOver = () => readdirSync('.').filter((name) => name.endsWith('.tmp'));
  const before = leftOver();
  assert.throws(() => writeBaseline('', []), isBaselineError); // found out when it is to be named
  assert.equal(leftOver(), before);
});

test('what is no baseline is refused, with the file and what to do', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'known.json');
  const entry = { fingerprint: 'a'.repeat(32), count: 1, rule: 'r', file: 'f' };
  const baseline = (...findings: unknown[]) => JSON.stringify({ version: 1, findings });
  writeFileSync(file, baseline(entry));
  assert.is(readBaseline(file).length, 1);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"version":1}',
    '{"version":2,"findings":[]}',
    '{"version":1,"findings":{"length":0}}',
    baseline(null),
    baseline([]),
    baseline(entry, { ...entry, fingerprint: 'A' }),
    baseline({ ...entry, fingerprint: ['a'.repeat(32)] }),
    baseline({ ...entry, count: 0 }),
    baseline({ ...entry, count: 1.5 }),
    baseline({ ...entry, count: '1' }),
    baseline({ ...entry, rule: undefined }),
    baseline({ ...entry, file: 1 }),
    baseline({ ...entry, filter: {} }),
    baseline(...Array.from({ length: 100_001 }, () => entry)),
  ]) {
    writeFileSync(file, text);
    assert.throws(() => readBaseline(file), /known\.json: .*--write-baseline/, text.slice(0, 80));
  }
  for (const path of [directory, join(directory, 'none'), '/dev/zero']) {
    assert.throws(() => readBaseline(path), isBaselineError, path);
  }
});

function isBaselineError(error: unknown): boolean {
  return error instanceof BaselineError;
}

test.run();
