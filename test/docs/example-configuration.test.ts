import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigFile } from '#src/config/configparser.js';
import { parseRootwrapConf, type RootwrapConf } from '#src/config/rootwrap-conf.js';

const FILE = 'rootwrap.conf';
const TEXT = readFileSync(FILE, 'utf8');
const [defaultSection = ''] = TEXT.split(/^#?\[(?!DEFAULT\])/m);
const [chosen = '', defaults = ''] = defaultSection.split(/^# .*these are the defaults.*$/m);
/** A key with the value that is shown for it, written or in a comment. */
const KEY = /^#?([a-z][a-z_]+)[ ]=[ ](.*)$/gm;

const parse = (lines: string) =>
  parseRootwrapConf(`[DEFAULT]\nfilters_path = /f\n${lines}`, '/etc/rw/rootwrap.conf');

/** The keys for which the code asks. */
function keysRead(): readonly string[] {
  const asked = new Set<string>();
  const original = ConfigFile.prototype.default;
  ConfigFile.prototype.default = function (key) {
    asked.add(key);
    return original.call(this, key);
  };
  try {
    parse('');
  } finally {
    ConfigFile.prototype.default = original;
  }
  return [...asked].sort();
}

/** What is said of values, without where it is said; the directory of root's sockets is chosen later. */
function values(conf: RootwrapConf): unknown {
  const { envKeepLine: _line, sections: _sections, ...rest } = conf;
  return {
    ...rest,
    daemon: { ...rest.daemon, directory: rest.daemon.directory ?? '/run/tsrootwrap' },
  };
}

test('the example configuration shows every key that the code reads, once, and no other', () => {
  const shown = [...defaultSection.matchAll(KEY)].map(([, key]) => key);
  assert.equal(shown.sort(), keysRead());
});

test('what the example configuration calls defaults are those of the code', () => {
  const entries = [...defaults.matchAll(KEY)];
  assert.ok(entries.length > 0, `${entries.length}`);
  for (const [line, key = '', value = ''] of entries) {
    assert.ok(line.startsWith('#'), `${key} is in a comment, since it changes nothing`);
    const set = value === '' ? '' : `${key} = ${value}`;
    assert.equal(values(parse(set)), values(parse('')), key);
  }
});

test('what the example configuration shows in comments can be written', () => {
  for (const [, key = '', value = ''] of chosen.matchAll(KEY)) {
    if (key === 'filters_path') continue;
    const logged = 'use_syslog = true\nsyslog_log_level = INFO\n';
    const before = /^(use_syslog|syslog_log_level)$/.test(key) ? '' : logged;
    assert.equal(parse(`${before}${key} = ${value}`).warnings, [], key);
  }
});

test.run();
