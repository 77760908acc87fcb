import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandImage } from '#src/exec/command-image.js';
import type { CommandPlan } from '#src/exec/plan.js';

const PLAN: CommandPlan = {
  kind: 'command',
  file: '/bin/cat',
  argv: ['/bin/cat', '/srv/x'],
  environment: { A: '1' },
  user: 'svc',
  pinned: [{ index: 1, isDirectory: false }],
};

test('the image has all that the plan, the identity and the surroundings say', () => {
  const credentials = { uid: 1, gid: 2, groups: [3] };
  const surroundings = { clean: ['A=0', 'B=0'], softNofile: 64 };
  assert.equal(commandImage(PLAN, { home: '/', credentials }, { uid: 12 }, surroundings), {
    file: '/bin/cat',
    argv: ['/bin/cat', '/srv/x'],
    environment: ['B=0', 'A=1', 'TSROOTWRAP_CALLER_UID=12'],
    credentials,
    pinned: [{ index: 1, isDirectory: false }],
    softNofile: 64,
    limits: [],
  });
});

test('an identity that changes nothing gives an image without credentials', () => {
  const image = commandImage(
    PLAN,
    { home: '/', credentials: undefined },
    { uid: 12 },
    { clean: [], softNofile: 64 },
  );
  assert.is(image.credentials, undefined);
});

test('who asked is what the asker says, whatever the environment or the plan does', () => {
  const forged = 'TSROOTWRAP_CALLER_UID';
  const plan = { ...PLAN, environment: { [forged]: '0' } };
  const surroundings = { clean: [`${forged}=1`], softNofile: 64 };
  const { environment } = commandImage(
    plan,
    { home: '/', credentials: undefined },
    { uid: 12 },
    surroundings,
  );
  assert.equal(environment, [`${forged}=12`]);
});

test.run();
