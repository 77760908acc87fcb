import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ContextOverrides, contextOverrides } from '#src/config/context-overrides.js';
import { parseRootwrapConf } from '#src/config/rootwrap-conf.js';
import { refusal } from '../support/refusal.js';

const FILE = '/etc/rw/rootwrap.conf';

/** What is said about the context net by a file with this text from line 4 on, in [net]. */
function overrides(text: string, context = 'net'): ContextOverrides {
  const conf = parseRootwrapConf(`[DEFAULT]\nfilters_path=/f\n[net]\n${text}\n`, FILE);
  return contextOverrides(conf, context);
}

test('a section of the context’s name says who its helper runs as, and what it holds', () => {
  const said = overrides(
    'user = svc-net\ngroup = 990\ngroups = adm, 4\ncapabilities = CAP_NET_ADMIN,CAP_NET_RAW\ndebug = on\nmax_result = 4096',
  );
  assert.equal(said, {
    user: 'svc-net',
    group: 990,
    groups: ['adm', 4],
    capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
    debug: true,
    maxResult: 4096,
  });
});

test('a limit of results is a number of bytes within what a module may declare', () => {
  assert.equal(overrides('max_result = 1024'), { maxResult: 1024 });
  assert.equal(overrides('max_result = 134217728'), { maxResult: 134_217_728 });
  for (const wrong of ['1023', '134217729', '16M', '1e6', '-4096', '0x1000', '']) {
    assert.match(
      refusal(() => overrides(`max_result = ${wrong}`)),
      /rootwrap\.conf:4: .*a number of bytes from 1024 to 134217728/,
      wrong,
    );
  }
});

test('what the section does not say is not overridden', () => {
  assert.equal(overrides(''), {});
  assert.equal(overrides('debug = no'), { debug: false });
  assert.equal(overrides('user = root', 'files'), {});
});

test('an empty list is a list of none', () => {
  assert.equal(overrides('groups =\ncapabilities ='), { groups: [], capabilities: [] });
});

test('the keys of [DEFAULT] are not the context’s', () => {
  const text =
    '[DEFAULT]\nfilters_path=/f\nuser = root\ncapabilities = CAP_SYS_ADMIN\n[net]\ngroup = adm\n';
  const conf = parseRootwrapConf(text, FILE);
  assert.equal(contextOverrides(conf, 'net'), { group: 'adm' });
});

test('a section of another name is not looked at', () => {
  const text =
    '[DEFAULT]\nfilters_path=/f\n[xenapi]\nxenapi_connection_url = http://x\n[Net]\nuser = 1\n';
  const conf = parseRootwrapConf(text, FILE);
  assert.equal(contextOverrides(conf, 'net'), {});
  assert.is(
    refusal(() => contextOverrides(conf, 'xenapi')),
    `${FILE}:4: there is no key "xenapi_connection_url" for context xenapi; write one of user, group, groups, capabilities, max_result, debug, or remove it`,
  );
});

test('an unknown key is an error with its line: it may be a misspelt one', () => {
  assert.match(
    refusal(() => overrides('user = a\ncapabilites =')),
    /^\/etc\/rw\/rootwrap\.conf:5: there is no key "capabilites" for context net; write one of /,
  );
  assert.match(
    refusal(() => overrides('umask = 0')),
    /there is no key "umask"/,
  );
  assert.match(
    refusal(() => overrides('__proto__ = 0')),
    /there is no key "__proto__"/,
  );
});

test('an unknown capability is an error', () => {
  for (const word of ['NET_ADMIN', 'cap_net_admin', 'CAP_NET_ADMIN CAP_NET_RAW', '12', 'ALL', '']) {
    assert.match(
      refusal(() => overrides(`capabilities = CAP_CHOWN, ${word},`)),
      `${FILE}:4: there is no capability ${JSON.stringify(word)}; write names as capabilities(7) does`,
    );
  }
});

test('what is no name and no number of an account is an error', () => {
  for (const word of [
    '',
    '-1',
    '4294967295',
    '99999999999',
    '0x0',
    'a b',
    'a:b',
    '../x',
    'a\n  b',
  ]) {
    for (const key of ['user', 'group']) {
      assert.match(
        refusal(() => overrides(`${key} = ${word}`)),
        new RegExp(`:4: ${key} is ".*"; write the name or number of a ${key}$`),
      );
    }
    if (word === '') continue;
    assert.match(
      refusal(() => overrides(`groups = adm,${word}`)),
      /:4: groups is ".*"; write names or numbers of groups with commas between them/,
    );
  }
  assert.match(
    refusal(() => overrides('groups = adm,')),
    /:4: groups is "adm,"; write/,
  );
});

test('debug is one of the words for true and false', () => {
  assert.match(
    refusal(() => overrides('debug = oui')),
    /:4: debug is "oui"; write true or false/,
  );
});

test.run();
