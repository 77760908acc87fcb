import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT } from '../support/executable.js';

const directory = join(ROOT, '.github/workflows');
const workflows = readdirSync(directory).map((name) => ({
  name,
  text: readFileSync(join(directory, name), 'utf8'),
}));

test('each action of a workflow is pinned to a commit, with its version beside it', () => {
  const used = workflows.flatMap(({ text }) => [...text.matchAll(/\buses:.*$/gm)].flat());
  assert.ok(used.length > 3);
  for (const line of used) {
    assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test('a workflow may do nothing that it does not say', () => {
  for (const { name, text } of workflows) {
    assert.match(text, /^permissions:\n {2}contents: read\n$/m, name);
    assert.not.match(text, /pull_request_target|contents: write|write-all/, name);
  }
});

test('a workflow runs all of .ci/run, and a release publishes with provenance', () => {
  assert.ok(workflows.some(({ text }) => text.includes('bash .ci/run\n')));
  assert.ok(workflows.some(({ text }) => text.includes('npm publish --provenance ')));
});

test.run();
