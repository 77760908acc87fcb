import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { publicPolicy, SAFE_PATH, tsrootwrap } from '../support/executable.js';
import { networkNamespace } from '../support/namespaces.js';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';

const NEEDS: Requirement[] = ['root', 'iproute2', 'network namespaces'];

interface Place {
  readonly config: string;
  /** Where the operator's wrapper is: second in exec_dirs. */
  readonly wrappers: string;
  /** Where the program itself is: first in exec_dirs. */
  readonly programs: string;
  /** A directory that exec_dirs does not have. */
  readonly others: string;
}

/** Three programs `server`, each of which says where it is. */
function place(server = 'server', settings = ''): Place {
  const filters = `
exec: IpNetnsExecFilter, ip, root
nice: ChainingRegExpFilter, nice, root, nice, -n, [0-9]
server: CommandFilter, ${server}, root`;
  const dirs = 'programs,wrappers,/usr/sbin,/usr/bin';
  const { config, directory } = publicPolicy(filters, `exec_dirs = ${dirs}\n${settings}`);
  const at = (name: string) => join(directory, name);
  for (const name of ['programs', 'wrappers', 'others']) {
    mkdirSync(at(name));
    chmodSync(at(name), 0o755);
    script(join(at(name), 'server'), 'echo "$0"');
  }
  return { config, programs: at('programs'), wrappers: at('wrappers'), others: at('others') };
}

function says(config: string, words: readonly string[], ...path: string[]): string {
  const env = { PATH: [...path, SAFE_PATH].join(':') };
  const { stdout, stderr } = tsrootwrap(config, words, { env });
  return stdout.trim() || stderr;
}

testWith(NEEDS, 'behind ip netns exec and nice, the order of PATH decides among exec_dirs', () => {
  const { config, wrappers, programs } = place();
  for (const prefix of [
    ['ip', 'netns', 'exec', networkNamespace()],
    ['nice', '-n', '1'],
  ]) {
    const words = [...prefix, 'server'];
    assert.is(says(config, words, wrappers, programs), join(wrappers, 'server'));
    assert.is(says(config, words, programs, wrappers), join(programs, 'server'));
    assert.is(says(config, words, wrappers), join(wrappers, 'server'));
    assert.is(says(config, words), join(programs, 'server'), 'neither is on PATH');
  }
  assert.is(says(config, ['server'], wrappers), join(programs, 'server'), 'by itself');
});

testWith(NEEDS, 'a directory of PATH that exec_dirs does not have holds no program', () => {
  const { config, others, programs } = place();
  const words = ['nice', '-n', '1', 'server'];
  assert.is(says(config, words, others), join(programs, 'server'));
  const { config: own, wrappers } = place();
  chmodSync(wrappers, 0o777);
  assert.match(says(own, words, wrappers), /programs\/server$/, 'others may write to it');
});

testWith(NEEDS, 'a filter that names a path means that path, whatever PATH says', () => {
  const { wrappers } = place();
  const { config } = place(join(wrappers, 'server'));
  const found = says(config, ['nice', '-n', '1', 'server'], '/nowhere');
  assert.is(found, join(wrappers, 'server'));
});

testWith(NEEDS, 'inner_exec_dirs takes the choice from PATH', () => {
  const { config, wrappers, programs } = place('server', 'inner_exec_dirs = wrappers,programs');
  const words = ['nice', '-n', '1', 'server'];
  assert.is(says(config, words, programs, wrappers), join(wrappers, 'server'));
  assert.is(says(config, ['server'], wrappers), join(programs, 'server'));
  const { config: none } = place('server', 'inner_exec_dirs = others');
  assert.match(says(none, words, wrappers), /others\/server$/);
});

test.run();
