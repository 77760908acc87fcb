import { RootwrapClient } from '#src/index.js';
import { encode } from '#src/wire/encoding.js';
import { PROTOCOL } from '#src/wire/messages.js';
import { type Contestant, takeTurns, timedEach } from '../rounds.js';
import { type Comparison, type Section, summarize } from '../section.js';
import type { Daemon } from './daemons.js';
import { Stage } from './stage.js';
import { Wire } from './wire.js';

const IN_A_ROW = 5;

const COMPARISONS: readonly Comparison[] = [
  { title: 'beside a slow command / alone', of: 'slow', to: 'alone' },
  { title: 'beside output that is not read / alone', of: 'unread', to: 'alone' },
  { title: 'beside a stream that is not read / alone', of: 'unread stream', to: 'alone' },
];

/** Whether calls wait for something that others have asked for. */
export async function neighbours(quick: boolean): Promise<Section> {
  const effort = quick ? { warmUp: 20, rounds: 60 } : { warmUp: 100, rounds: 300 };
  await using stage = new Stage();
  const contestants: Contestant[] = [];
  for (const [name, disturb] of Object.entries(DISTURBANCES)) {
    const daemon = await stage.ours();
    if (!daemon) break;
    const client = stage.use(new RootwrapClient(daemon.command));
    await disturb(client, daemon, stage);
    const call = () => client.execute(['true']);
    contestants.push({ name, measure: () => timedEach(IN_A_ROW, call) });
  }
  const times = await takeTurns(contestants, effort);
  const notes = [
    'calls of true, each time by a daemon of its own, in which meanwhile',
    'slow: sleep runs, started on the same connection',
    'unread: another client has asked for 100 times 1 MB, and reads nothing',
    'unread stream: the same connection streams /dev/zero to somebody who does not read it',
  ];
  const { skips } = stage;
  return summarize('Daemon: neighbours', effort, times, COMPARISONS, { skips, notes });
}

type Disturb = (client: RootwrapClient, daemon: Daemon, stage: Stage) => unknown;

const DISTURBANCES: Readonly<Record<string, Disturb>> = {
  alone: () => {},
  slow: (client, _, stage) => stage.use(client.start(['sleep', '1000'])),
  unread: (_, daemon, stage) => leaveUnread(daemon, stage),
  'unread stream': (client, _, stage) => {
    const running = stage.use(client.start(['cat', '/dev/zero']));
    stage.use({ stop: async () => void running.stdout.destroy() }); // it ends when that is read, or not wanted
    return running.pid;
  },
};

/** Answers of which the socket takes what it can hold, and the daemon keeps the others. */
async function leaveUnread(daemon: Daemon, stage: Stage): Promise<void> {
  const wire = await Wire.open(daemon);
  stage.use({ stop: async () => void wire.socket.destroy() });
  await wire.ask(JSON.stringify({ type: 'hello', protocol: PROTOCOL }));
  wire.socket.pause();
  for (let id = 1; id <= 100; id++) {
    wire.socket.write(encode({ type: 'run', id, argv: ['head', '-c', '1000000', '/dev/zero'] }));
  }
}
