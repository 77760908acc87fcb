import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DaemonProcess, daemonPolicy } from '../support/daemon.js';
import { type Requirement, testWith } from '../support/requirements.js';
import { OsloPeer } from './oslo-peer.js';
import { service, withClient } from './oslo-service.js';

const NEEDS: Requirement[] = ['python3-oslo.rootwrap'];
const CHALLENGE = Buffer.from('#CHALLENGE#');
const WELCOME = Buffer.from('#WELCOME#');
const FAILURE = Buffer.from('#FAILURE#');
const PREFIX = Buffer.from('{sha256}');

/** Runs a body with a new connection, on which the daemon's challenge has been read. */
async function challenged(
  body: (peer: OsloPeer, message: Buffer, key: Buffer) => Promise<void>,
): Promise<void> {
  const daemon = await DaemonProcess.start(daemonPolicy());
  const peer = await OsloPeer.unproved(daemon.path);
  try {
    const challenge = await peer.receive();
    assert.equal(challenge.subarray(0, CHALLENGE.length), CHALLENGE);
    await body(peer, challenge.subarray(CHALLENGE.length), daemon.key);
  } finally {
    peer.close();
    await daemon.stop();
  }
}

function md5(key: Buffer, message: Buffer): Buffer {
  return createHmac('md5', key).update(message).digest();
}

function sha256(key: Buffer, message: Buffer): Buffer {
  return Buffer.concat([PREFIX, createHmac('sha256', key).update(message).digest()]);
}

testWith(NEEDS, 'the real client and the daemon prove the key to each other by HMAC-MD5', () =>
  withClient(service(), async (client) => {
    assert.equal(await client.execute(['echo', 'old']), [0, 'old\n', '']);
  }),
);

testWith(NEEDS, 'a client of Python 3.12 and the daemon prove it by HMAC-SHA256', () =>
  withClient(
    service(),
    async (client) => {
      assert.equal(await client.execute(['echo', 'new']), [0, 'new\n', '']);
    },
    ['--sha256'],
  ),
);

for (const [name, prove, own] of [
  ['HMAC-MD5', md5, randomBytes(20)],
  ['HMAC-SHA256', sha256, Buffer.concat([PREFIX, randomBytes(40)])],
] as const) {
  test(`who answers by ${name} is welcome, and gets an answer by it`, () =>
    challenged(async (peer, message, key) => {
      peer.send(prove(key, message));
      assert.equal(await peer.receive(), WELCOME);
      peer.send(Buffer.concat([CHALLENGE, own]));
      assert.equal(await peer.receive(), prove(key, own));
      peer.send(WELCOME);
      assert.equal(await peer.ask(null, 'dummy'), ['#RETURN', null]);
    }));

  test(`who answers by ${name} with another key fails, and the connection ends`, () =>
    challenged(async (peer, message) => {
      peer.send(prove(randomBytes(32), message));
      assert.equal(await peer.receive(), FAILURE);
      await peer.ended();
    }));

  test(`a challenge that comes before the answer by ${name} is not answered`, () =>
    challenged(async (peer) => {
      peer.send(Buffer.concat([CHALLENGE, own]));
      assert.equal(await peer.receive(), FAILURE);
      await peer.ended();
    }));
}

test('the daemon’s own challenge sent back to it gives nothing that proves the key', () =>
  challenged(async (peer, message, key) => {
    peer.send(Buffer.concat([CHALLENGE, message]));
    const answer = await peer.receive();
    assert.equal(answer, FAILURE);
    assert.not.equal(answer, sha256(key, message));
    await peer.ended();
  }));

test('a request instead of an answer is refused', () =>
  challenged(async (peer) => {
    peer.send(Buffer.from('[null,"shutdown",[],{}]'));
    assert.equal(await peer.receive(), FAILURE);
    await peer.ended();
  }));

test('what is sent together with a wrong answer is not read', () =>
  challenged(async (peer) => {
    peer.send(Buffer.alloc(16));
    peer.send(WELCOME);
    peer.send(Buffer.from('[null,"shutdown",[],{}]'));
    assert.equal(await peer.receive(), FAILURE);
    await peer.ended();
  }));

test('a request instead of the client’s challenge is refused', () =>
  challenged(async (peer, message, key) => {
    peer.send(sha256(key, message));
    assert.equal(await peer.receive(), WELCOME);
    peer.send(Buffer.from('[null,"dummy",[],{}]'));
    assert.equal(await peer.receive(), FAILURE);
    await peer.ended();
  }));

test('a request instead of the client’s welcome ends the connection', () =>
  challenged(async (peer, message, key) => {
    peer.send(sha256(key, message));
    await peer.receive();
    peer.send(Buffer.concat([CHALLENGE, randomBytes(20)]));
    await peer.receive();
    peer.send(Buffer.from('[null,"dummy",[],{}]'));
    await peer.ended();
  }));

test('a frame above 256 bytes ends the connection before it is proved', () =>
  challenged(async (peer) => {
    peer.send(Buffer.alloc(257));
    await peer.ended();
  }));

test.run();
