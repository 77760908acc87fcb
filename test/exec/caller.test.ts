import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inChild } from '../support/child-module.js';
import { testWith } from '../support/requirements.js';

const MODULES = { caller: '#src/exec/caller.js' };
const PROGRAM = 'answer = caller.caller();';

testWith(['root'], 'for root the caller is whom sudo acts for, else root', () => {
  assert.is(inChild(MODULES, PROGRAM), 'root');
  assert.is(inChild(MODULES, PROGRAM, { env: { SUDO_UID: '65534' } }), 'nobody');
  assert.is(inChild(MODULES, PROGRAM, { env: { SUDO_UID: '0' } }), 'root');
});

testWith(['root'], 'a uid without a name is told as a number', () => {
  assert.is(inChild(MODULES, PROGRAM, { env: { SUDO_UID: '54321' } }), '54321');
});

testWith(['root'], 'what is no uid does not count', () => {
  for (const value of ['', '-1', '1 ', '0x1', '1e3', 'nobody', '99999999999', '١']) {
    assert.is(inChild(MODULES, PROGRAM, { env: { SUDO_UID: value } }), 'root', value);
  }
});

testWith(['root'], 'who is not root cannot pass for another', () => {
  const settings = { uid: 65534, env: { SUDO_UID: '1', USER: 'daemon', LOGNAME: 'daemon' } };
  assert.is(inChild(MODULES, PROGRAM, settings), 'nobody');
});

test.run();
