import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inChild } from '../support/child-module.js';
import { testWith } from '../support/requirements.js';

const MODULES = { caller: '#src/exec/caller.js' };
const PROGRAM = `
  try { answer = caller.callerUid(); }
  catch (error) { answer = error.name + ': ' + error.message; }`;
const NOBODY = 65534;

const asked = (env: Record<string, string>) => inChild(MODULES, PROGRAM, { env });

testWith(['root'], 'for root the caller is whom sudo or doas acts for, else root', () => {
  assert.is(asked({}), 0);
  assert.is(asked({ SUDO_UID: '65534' }), NOBODY);
  assert.is(asked({ SUDO_UID: '54321' }), 54_321);
  assert.is(asked({ SUDO_UID: '0' }), 0);
  assert.is(asked({ DOAS_USER: 'nobody' }), NOBODY);
  assert.is(asked({ DOAS_USER: 'root' }), 0);
  assert.is(asked({ DOAS_USER: '', SUDO_UID: '65534' }), NOBODY);
  assert.is(asked({ DOAS_USER: 'nobody', SUDO_UID: '' }), NOBODY);
});

testWith(['root'], 'where sudo and doas both speak they must name the same user', () => {
  assert.is(asked({ SUDO_UID: '65534', DOAS_USER: 'nobody' }), NOBODY);
  for (const [SUDO_UID, DOAS_USER] of [
    ['0', 'nobody'],
    ['65534', 'root'],
    ['1', 'nobody'],
  ] as const) {
    const answer = String(asked({ SUDO_UID, DOAS_USER }));
    assert.match(answer, `UnclearCallerError: it is not clear who asks: SUDO_UID is ${SUDO_UID}`);
    assert.match(answer, `DOAS_USER is ${DOAS_USER}`);
  }
});

testWith(['root'], 'what names nobody is refused, not passed over', () => {
  for (const value of ['-1', '1 ', '0x1', '1e3', 'nobody', '4294967295', '99999999999', '١']) {
    assert.match(String(asked({ SUDO_UID: value })), 'which is no uid', value);
  }
  for (const name of ['no-such-user', '65534', 'nobody ']) {
    assert.match(String(asked({ DOAS_USER: name })), 'which is no user here', name);
  }
});

testWith(['root'], 'who is not root cannot pass for another', () => {
  const env = { SUDO_UID: '1', DOAS_USER: 'daemon', USER: 'daemon', LOGNAME: 'daemon' };
  assert.is(inChild(MODULES, PROGRAM, { uid: NOBODY, env }), NOBODY);
});

test.run();
