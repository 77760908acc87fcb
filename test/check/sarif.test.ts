import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '#src/check/finding.js';
import { identify } from '#src/check/fingerprint.js';
import { toSarif } from '#src/check/sarif.js';
import { toJson } from '#src/log/json.js';
import { validJson } from '../support/ctl.js';

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: string };
      readonly region: { readonly startLine: number };
    };
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Run {
  readonly tool: { readonly driver: { readonly rules: readonly Record<string, unknown>[] } };
  readonly results: readonly Result[];
}

const ROOT = resolve('.');
const SIMPLE: Finding = {
  rule: 'engine-refuses',
  severity: 'high',
  file: join(ROOT, 'etc/a.filters'),
  line: 3,
  problem: 'takes anything',
};

function sarif(findings: readonly Finding[], root = ROOT): Run {
  const source = { path: 'rootwrap.conf', config: undefined, files: [], definitions: [] };
  const text = toJson(toSarif(identify(findings, source), root));
  assert.not.match(text, /[^ -~]/);
  const [log] = validJson(text, 'check-sarif') as [{ runs: [Run] }];
  return log.runs[0];
}

function result(change: Partial<Finding>, root?: string): Result {
  const [first] = sarif([{ ...SIMPLE, ...change }], root).results;
  assert.ok(first);
  return first;
}

function uri(file: string, root?: string): string {
  return result({ file }, root).locations[0]?.physicalLocation.artifactLocation.uri ?? '';
}

test('severities become levels, and a rule has the level and number of its worst result', () => {
  const { tool, results } = sarif([
    { ...SIMPLE, severity: 'low' },
    { ...SIMPLE, severity: 'high' },
    { ...SIMPLE, severity: 'medium' },
    { ...SIMPLE, rule: 'another', severity: 'medium' },
  ]);
  assert.equal(
    results.map(({ level }) => level),
    ['note', 'error', 'warning', 'warning'],
  );
  const { rules } = tool.driver;
  assert.equal(
    rules.map(({ id }) => id),
    ['another', 'engine-refuses'],
  );
  assert.equal(rules[1]?.defaultConfiguration, { level: 'error' });
  assert.equal(rules[1]?.properties, { tags: ['security'], 'security-severity': '8.0' });
  assert.equal(rules[0]?.properties, { tags: ['security'], 'security-severity': '5.0' });
  for (const { ruleId, ruleIndex } of results) assert.is(rules[ruleIndex]?.id, ruleId);
});

test('no findings make a valid file too: it closes what was open before', () => {
  assert.equal(sarif([]).results, []);
});

test('files below the root are relative to it, others are absolute, whatever their names hold', () => {
  assert.is(uri(join(ROOT, 'etc/a.filters')), 'etc/a.filters');
  assert.is(uri('etc/a.filters'), 'etc/a.filters');
  assert.is(uri(join(ROOT, 'etc/a.filters'), join(ROOT, 'etc')), 'a.filters');
  assert.is(uri(join(ROOT, '..a/b')), '..a/b');
  assert.is(uri('/usr/bin/x y'), 'file:///usr/bin/x%20y');
  assert.is(uri(ROOT), `file://${ROOT}`);
  assert.is(uri(join(ROOT, 'a b/100%/x:y?z#\u00e9')), 'a%20b/100%25/x%3Ay%3Fz%23%C3%A9');
  assert.is(uri(join(ROOT, 'javascript:alert(1)')), 'javascript%3Aalert(1)');
  assert.is(uri(join(ROOT, 'x\n\ud800')), 'x%0A%EF%BF%BD');
});

test('only a file below the root says that it starts there', () => {
  const location = (file: string) =>
    result({ file }).locations[0]?.physicalLocation.artifactLocation;
  assert.is(location('etc/a')?.uriBaseId, '%SRCROOT%');
  assert.is(location('/usr/bin/x')?.uriBaseId, undefined);
});

test('a finding about a whole file is at its first line', () => {
  assert.is(result({ line: 0 }).locations[0]?.physicalLocation.region.startLine, 1);
  assert.is(result({ line: 7 }).locations[0]?.physicalLocation.region.startLine, 7);
});

test('the message says what is wrong, what an attacker gets, and what to write', () => {
  const { message, properties } = result({
    filter: 'tee',
    gets: 'writes to any file as root',
    example: ['tee', '/etc/a b'],
    instead: 'tee: RegExpFilter, tee, root, tee, /run/x',
    isLine: true,
  });
  assert.is(
    message.text,
    "tee: takes anything. An attacker writes to any file as root. For example: tee '/etc/a b'. " +
      'Write instead: tee: RegExpFilter, tee, root, tee, /run/x',
  );
  assert.is(properties.instead, 'tee: RegExpFilter, tee, root, tee, /run/x');
  for (const instead of ['remove it', 'remove it.']) {
    assert.match(result({ instead }).message.text, /\. Instead: remove it\.$/);
  }
});

test('text of a policy cannot become a placeholder, a link or a line of its own', () => {
  const { message, properties } = result({
    problem: 'takes [a-z]{3} and [click](http://evil/) {0}\nnext\x1b[2J',
    instead: 'a: RegExpFilter, x, root, [a]{2}',
  });
  assert.is(
    message.text,
    'takes \\[a-z]{{3}} and \\[click](http://evil/) {{0}} / next\\x1b\\[2J. ' +
      'Instead: a: RegExpFilter, x, root, \\[a]{{2}}.',
  );
  assert.is(properties.instead, 'a: RegExpFilter, x, root, [a]{2}');
});

test('findings that look the same have fingerprints of their own, the same in each run', () => {
  const prints = () =>
    sarif([SIMPLE, { ...SIMPLE, line: 9 }]).results.map(
      ({ partialFingerprints }) => partialFingerprints['tsrootwrapctl/v1'],
    );
  assert.is(new Set(prints()).size, 2);
  assert.equal(prints(), prints());
});

test.run();
