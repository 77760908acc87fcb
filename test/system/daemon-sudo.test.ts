import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ObjectClient } from '../support/clients.js';
import { daemonExecutable } from '../support/daemon.js';
import { announcement, clientOf, pipe, startDaemon } from '../support/daemon-start.js';
import { publicDirectory, publicPolicy } from '../support/executable.js';
import { until } from '../support/patience.js';
import { temporaryDirectory } from '../support/policy-files.js';
import { RawConnection } from '../support/raw-connection.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { sudoer } from '../support/sudoers.js';

const NEEDS: Requirement[] = ['root', 'sudo'];
const ALL_BYTES = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256));

/** What a test that fails leaves running would keep this process, and ends with it. */
test.after(() => {
  setTimeout(() => process.exit(), 1000).unref();
});

function policy() {
  const base = publicDirectory();
  const filters = 'cat: CommandFilter, cat, root\nid: RegExpFilter, id, root, id, -u';
  const settings = `exec_dirs = /usr/bin,/bin\ndaemon_directory = ${base}`;
  return { ...publicPolicy(filters, settings), base };
}

function asUser(name: string): string[] {
  return ['setpriv', '--reuid', name, '--regid', name, '--clear-groups', 'sudo', '-n'];
}

function errorFile(): { readonly fd: number; readonly text: () => string } {
  const file = join(temporaryDirectory(), 'stderr');
  return { fd: openSync(file, 'a'), text: () => readFileSync(file, 'utf8') };
}

// Debian's sudo has use_pty: it runs the daemon on a terminal of its own, and copies what is none.
for (const option of ['use_pty', '!use_pty']) {
  for (const kind of ['pipes', 'sockets']) {
    testWith(
      NEEDS,
      `--stdio through sudo with ${option} and ${kind} carries every byte`,
      async () => {
        const { config } = policy();
        const { name, uid } = sudoer([daemonExecutable(), '--stdio', config], option);
        const errors = errorFile();
        const [input, output] = kind === 'pipes' ? [pipe(), pipe()] : [];
        const daemon = startDaemon(['--stdio', config], {
          prefix: asUser(name),
          stdio: [input?.reader ?? 'pipe', output?.writer ?? 'pipe', errors.fd],
        });
        for (const fd of [input?.reader, output?.writer, errors.fd]) {
          if (fd !== undefined) closeSync(fd);
        }
        const readable = output
          ? new Socket({ fd: output.reader, writable: false })
          : daemon.child.stdout;
        const writable = input
          ? new Socket({ fd: input.writer, readable: false })
          : daemon.child.stdin;
        const pair = { readable: readable as Readable, writable: writable as Writable };
        const client = await ObjectClient.greet(RawConnection.over(Duplex.from(pair)));

        assert.is((await client.run(['id', '-u'])).stdout, '0\n');
        const { stdout } = await client.run(['cat'], {}, ALL_BYTES);
        assert.ok(Buffer.from(stdout, 'latin1').equals(ALL_BYTES));
        assert.is((await client.about(client.request(['id']))).message.type, 'refused');
        assert.match(
          errors.text(),
          new RegExp(
            `from \\S+ \\(uid ${uid}\\), pid \\d+, by \\S+: Unauthorized command: id \\(no filter matched\\)`,
          ),
        );

        (writable as Writable).end();
        assert.equal(await client.connection.end(), []);
        assert.equal(await daemon.ended, { code: 0, signal: null });
      },
    );
  }

  testWith(
    NEEDS,
    `a socket through sudo with ${option} is the caller's, and goes with it`,
    async () => {
      const { config, base } = policy();
      const { name, uid } = sudoer([daemonExecutable(), config], option);
      const input = pipe();
      const daemon = startDaemon([config], {
        prefix: asUser(name),
        stdio: [input.reader, 'pipe', 'inherit'],
      });
      closeSync(input.reader);
      const announced = await announcement(daemon.child.stdout as Readable);
      assert.is(statSync(announced.path).uid, uid);
      const client = await clientOf(announced);
      assert.is((await client.run(['id', '-u'])).stdout, '0\n');
      closeSync(input.writer);
      assert.is((await client.connection.receive()).message.type, 'goodbye');
      await until('the end of the socket', () => !existsSync(announced.path));
      assert.equal(await daemon.ended, { code: 0, signal: null });
      assert.equal(readdirSync(base), []);
    },
  );
}

testWith(NEEDS, 'SIGTERM to sudo reaches the daemon', async () => {
  const { config, base } = policy();
  const { name } = sudoer([daemonExecutable(), config], 'use_pty');
  const daemon = startDaemon([config], { prefix: asUser(name) });
  const client = await clientOf(await announcement(daemon.child.stdout as Readable));
  daemon.child.kill('SIGTERM');
  assert.is((await client.connection.receive()).message.type, 'goodbye');
  assert.equal(await daemon.ended, { code: 0, signal: null });
  assert.equal(readdirSync(base), []);
});

test.run();
