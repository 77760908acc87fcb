import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { missingCapabilities } from '#src/privileged/start/own-capabilities.js';

const status = (permitted: string, bounding: string) =>
  `CapInh:\t0000000000000000\nCapPrm:\t${permitted}\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\n`;

test('a capability that is not permitted, or not in the bounding set, cannot be handed on', () => {
  const wanted = ['CAP_CHOWN', 'CAP_NET_ADMIN', 'CAP_CHECKPOINT_RESTORE'] as const;
  const all = '000001ffffffffff';
  assert.equal(missingCapabilities(wanted, status(all, all)), []);
  assert.equal(missingCapabilities(wanted, status('000001ffffffefff', all)), ['CAP_NET_ADMIN']);
  assert.equal(missingCapabilities(wanted, status(all, '000000ffffffffff')), [
    'CAP_CHECKPOINT_RESTORE',
  ]);
  assert.equal(missingCapabilities(wanted, status('0000000000000001', all)), wanted.slice(1));
});

test('what does not say which capabilities there are says that there are none', () => {
  assert.equal(missingCapabilities(['CAP_CHOWN'], 'Name:\tnode\n'), ['CAP_CHOWN']);
  assert.equal(missingCapabilities([], 'Name:\tnode\n'), []);
});

test.run();
