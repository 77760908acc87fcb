import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Policy } from '#src/policy/policy.js';
import { allowedArgs, assertDenied, commandPlan } from '../../support/decisions.js';
import { policyFiles, policyOf, script, temporaryDirectory } from '../../support/policy-files.js';

test('a program named without a path runs from exec_dirs with all its arguments', () => {
  const { config, bin } = policyFiles('ls: CommandFilter, ls, root');
  const file = script(join(bin, 'ls'));
  const plan = commandPlan(Policy.load(config), ['ls', '-l', '', '/']);
  assert.equal(plan, {
    kind: 'command',
    file,
    argv: [file, '-l', '', '/'],
    user: 'root',
    environment: {},
    pinned: [],
  });
});

test('a program named by its path is called by that path or by its base name', () => {
  const directory = temporaryDirectory();
  const file = script(join(directory, 'tool'));
  const policy = policyOf(`x: CommandFilter, ${file}, nobody`);
  assert.is(commandPlan(policy, ['tool', 'a']).file, file);
  assert.is(commandPlan(policy, [file, 'a']).file, file);
  assert.is(commandPlan(policy, [file]).user, 'nobody');
  assertDenied(policy, [`/${file}`]);
  assertDenied(policy, [`${directory}/./tool`]);
});

test('a program named without a path cannot be called by any path', () => {
  const policy = policyOf('ls: CommandFilter, ls, root', ['ls']);
  assertDenied(policy, ['/bin/ls']);
  assertDenied(policy, ['./ls']);
  assert.equal(allowedArgs(policy, ['ls']), []);
});

test('words in the definition after the user are not compared', () => {
  const policy = policyOf('x: CommandFilter, tool, root, tool, --query', ['tool']);
  assert.equal(allowedArgs(policy, ['tool', '--erase']), ['--erase']);
});

test.run();
