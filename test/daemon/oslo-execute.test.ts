import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { script } from '../support/policy-files.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { PythonError } from './oslo-client.js';
import { OsloPeer } from './oslo-peer.js';
import { held, holding, service, socketDirectories, withClient } from './oslo-service.js';

const NEEDS: Requirement[] = ['python3-oslo.rootwrap'];
const MIB = 1024 * 1024;

/** The message of the exception that the Python client must raise. */
async function exception(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    assert.is(error.type, 'RemoteError', error.message);
    return error.message;
  }
  throw new Error('no exception was raised');
}

testWith(NEEDS, 'the Python client starts the daemon and runs a command', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['echo', 'a  b', '', 'ä']), [0, 'a  b  ä\n', '']);
  }),
);

testWith(NEEDS, 'the Python client runs all its commands in one daemon', () => {
  const files = service();
  return withClient(files, async (client) => {
    for (let i = 0; i < 20; i++) {
      assert.equal(await client.execute(['echo', `${i}`]), [0, `${i}\n`, '']);
    }
    assert.is(socketDirectories(files).length, 1);
  });
});

testWith(NEEDS, 'the Python client gets standard output, standard error and the status', () =>
  withClient(service(), async (client) => {
    const words = ['sh', '-c', 'echo out; echo err >&2; exit 42'];
    assert.equal(await client.execute(words), [42, 'out\n', 'err\n']);
  }),
);

testWith(NEEDS, 'a command without input gets the end of file', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['cat']), [0, '', '']);
  }),
);

testWith(NEEDS, 'a command that no filter allows returns 99', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['rm', '-rf', '/tmp/x']), [99, '', '']);
  }),
);

testWith(NEEDS, 'a command whose executable is not there returns 96', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['gone']), [96, '', '']);
  }),
);

testWith(NEEDS, 'a command without words is refused', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute([]), [99, '', '']);
  }),
);

testWith(NEEDS, 'a refusal leaves the daemon as it was', () => {
  const files = service();
  return withClient(files, async (client) => {
    await client.execute(['rm']);
    const before = await client.daemon();
    assert.equal(await client.execute(['echo']), [0, '\n', '']);
    assert.equal(await client.daemon(), before);
  });
});

for (const [name, number] of [
  ['TERM', 15],
  ['KILL', 9],
  ['SEGV', 11],
] as const) {
  testWith(NEEDS, `a command that SIG${name} kills returns -${number}`, () =>
    withClient(service(), async (client) => {
      const words = ['sh', '-c', `ulimit -c 0; echo before; kill -${name} $$`];
      assert.equal(await client.execute(words), [-number, 'before\n', '']);
    }),
  );
}

testWith(NEEDS, 'an executable that is installed later is found', () => {
  const { bin, ...files } = service();
  return withClient({ bin, ...files }, async (client) => {
    assert.equal(await client.execute(['later']), [96, '', '']);
    script(join(bin, 'later'), 'echo here');
    assert.equal(await client.execute(['later']), [0, 'here\n', '']);
  });
});

testWith(NEEDS, 'a filter whose user does not exist raises an exception that names the user', () =>
  withClient(service(), async (client) => {
    const message = await exception(client.execute(['stranger']));
    assert.match(message, /^OSError: unknown user: no-such-user \(filter match = stranger\)$/m);
  }),
);

testWith(NEEDS, 'a program that cannot be executed raises an exception that says why', () =>
  withClient(service(), async (client) => {
    const message = await exception(client.execute(['broken']));
    assert.match(
      message,
      /^OSError: Cannot run .*\/broken \(filter match = broken\): .*ENOENT.*$/m,
    );
  }),
);

testWith(NEEDS, 'an exception about one command leaves the daemon running for others', () =>
  withClient(service(), async (client) => {
    await exception(client.execute(['broken']));
    const { socket, key } = await client.daemon(); // the client leaves it at its next command
    const peer = await OsloPeer.toObject(socket, key);
    assert.equal(await peer.run(['echo', 'alive']), ['#RETURN', [0, 'alive\n', '']]);
    peer.close();
  }),
);

testWith(NEEDS, 'the client goes on after an exception', () =>
  withClient(service(), async (client) => {
    await exception(client.execute(['broken']));
    assert.equal(await client.execute(['echo']), [0, '\n', '']);
  }),
);

testWith(NEEDS, 'output above daemon_max_output raises an exception that names the limit', () =>
  withClient(service('daemon_max_output = 1000'), async (client) => {
    const message = await exception(client.execute(['cat', '/dev/zero']));
    assert.match(
      message,
      /^MemoryError: the command wrote more than 1000 bytes \(daemon_max_output\)$/m,
    );
  }),
);

testWith(NEEDS, 'output of exactly daemon_max_output is whole', () =>
  withClient(service('daemon_max_output = 1000'), async (client) => {
    const words = ['sh', '-c', 'head -c 600 /dev/zero; head -c 400 /dev/zero >&2'];
    assert.equal(await client.execute(words), [0, '\0'.repeat(600), '\0'.repeat(400)]);
  }),
);

testWith(NEEDS, 'a command that reads none of a megabyte of input ends as usual', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['echo', 'done'], 'x'.repeat(MIB)), [0, 'done\n', '']);
  }),
);

testWith(NEEDS, 'a command that closes its input early still gives its output', () =>
  withClient(service(), async (client) => {
    const words = ['sh', '-c', 'head -c 3; exec <&-; sleep 0.1; echo " and more"'];
    assert.equal(await client.execute(words, 'abc'.repeat(MIB)), [0, 'abc and more\n', '']);
  }),
);

testWith(NEEDS, 'every thread of a client gets the answers to its own commands', () =>
  withClient(service(), async (client) => {
    await client.execute(['echo']);
    const threads = Array.from({ length: 8 }, (_, thread) => `thread ${thread}`);
    await Promise.all(
      threads.flatMap((thread) =>
        [1, 2, 3, 4, 5].map(async (turn) => {
          const answer = await client.execute(['cat'], `${thread}, ${turn}`, thread);
          assert.equal(answer, [0, `${thread}, ${turn}`, '']);
        }),
      ),
    );
  }),
);

testWith(NEEDS, 'commands of several connections run at once', () => {
  const files = service();
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const [one, two] = ['one', 'two'].map((name) => join(files.directory, name)) as [
      string,
      string,
    ];
    const answers = await Promise.all([
      client.atOnce(['meet', one, two], 'first'),
      client.atOnce(['meet', two, one], 'second'),
    ]);
    assert.equal(answers, [
      [0, `${one} met ${two}\n`, ''],
      [0, `${two} met ${one}\n`, ''],
    ]);
  });
});

testWith(NEEDS, 'several clients have a daemon each', () => {
  const files = service();
  return withClient(files, async (_, clients) => {
    const names = ['a', 'b', 'c', 'd'];
    const all = await Promise.all(names.map((name) => clients.client(files.command, name)));
    const answers = await Promise.all(
      all.map((client, i) => client.execute(['cat'], names[i] ?? '', `thread ${i}`)),
    );
    assert.equal(
      answers,
      names.map((name) => [0, name, '']),
    );
    assert.is(new Set(await Promise.all(all.map(async (c) => (await c.daemon()).pid))).size, 4);
  });
});

testWith(NEEDS, 'a command that runs for long does not hold up another connection', () => {
  const files = service();
  const file = held(files);
  return withClient(files, async (client) => {
    await client.execute(['echo']);
    const slow = client.atOnce(['hold', file], 'slow');
    await holding(file);
    assert.equal(await client.atOnce(['echo', 'fast'], 'fast'), [0, 'fast\n', '']);
    rmSync(file);
    assert.equal(await slow, [0, 'released\n', '']);
  });
});

test.run();
