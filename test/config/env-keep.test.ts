import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRootwrapConf } from '#src/config/rootwrap-conf.js';
import { refusal } from '../support/refusal.js';

const conf = (value: string) =>
  parseRootwrapConf(`[DEFAULT]\nfilters_path=/f\nenv_keep = ${value}`, '/etc/x.conf');

test('names and beginnings of names are separated by commas, with blanks around them', () => {
  assert.equal(conf('http_proxy,OS_* , _x').envKeep, ['http_proxy', 'OS_*', '_x']);
  assert.equal(conf('*').envKeep, ['*']);
});

test('what takes over the dynamic loader is an error', () => {
  for (const name of [
    'LD_PRELOAD',
    'LD_*',
    '_RLD_LIST',
    'GLIBC_TUNABLES',
    'GCONV_PATH',
    'TSROOTWRAP_X',
  ]) {
    assert.match(
      refusal(() => conf(`A, ${name}`)),
      `/etc/x.conf:3: env_keep: "${name}" decides what code`,
    );
  }
});

test('what is no name is an error', () => {
  for (const value of ['', 'A,', 'A B', 'A=1', '*A', 'A**', '1A', 'A-B', 'É']) {
    assert.match(
      refusal(() => conf(value)),
      'is no name of a variable; write names as in',
    );
  }
});

test.run();
