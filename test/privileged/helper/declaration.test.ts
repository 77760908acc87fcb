import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWith } from '../../support/requirements.js';
import { directoryOf } from './modules-directory.js';
import { endHelpers, POWERLESS, StartedHelper } from './started.js';

/** A module whose context says what a helper of these tests is started with, and this. */
function declaring(options: object, name = 'test'): string {
  const all = { user: POWERLESS.uid, gracePeriod: 300, ...options };
  return directoryOf({
    'f.js': `import { context } from 'tsrootwrap/privileged';
      const declared = context('${name}', ${JSON.stringify(all)});
      export const fPrivileged = declared.entrypoint({}, () => 1);`,
  });
}

testWith(['root'], 'a helper serves what its modules declare, as it was told of it', async () => {
  const helper = await new StartedHelper(declaring({}), { overridden: [] }).ready();
  assert.equal(await helper.hangUp(), { code: 0, signal: null });
});

testWith(
  ['root'],
  'a helper whose modules declare something else than what gave it its powers does not serve',
  async () => {
    for (const [option, options] of [
      ['user', { user: 'nobody' }],
      ['group', { group: 'nogroup' }],
      ['groups', { groups: ['nogroup'] }],
      ['capabilities', { capabilities: ['CAP_KILL'] }],
      ['umask', { umask: 0o022 }],
      ['gracePeriod', { gracePeriod: 301 }],
      ['maxResult', { maxResult: 4096 }],
    ] as const) {
      const directory = declaring(options);
      const refusing = new StartedHelper(directory, { overridden: [] });
      const fatal = JSON.stringify(await refusing.next('fatal'));
      assert.match(fatal, `the \`${option}\` of context test is another one now`);
      assert.equal(await refusing.end(), { code: 70, signal: null });
      const overriding = new StartedHelper(directory, { overridden: [option] });
      await (await overriding.ready()).hangUp();
    }
  },
);

testWith(['root'], 'a helper of a context that no module declares does not serve', async () => {
  const refusing = new StartedHelper(declaring({}, 'other'), { overridden: ['user'] });
  const fatal = JSON.stringify(await refusing.next('fatal'));
  assert.match(fatal, 'no module declares context test');
  assert.equal(await refusing.end(), { code: 70, signal: null });
});

test.after(endHelpers);

test.run();
