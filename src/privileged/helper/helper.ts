import { posix } from '../../posix/addon.js';
import { endOnSignals } from '../../posix/end-on-signals.js';
import { MessageError } from '../../wire/encoding.js';
import { FrameError } from '../../wire/frames.js';
import type { Assignment } from '../contexts/assignment.js';
import { carryBy } from '../contexts/carrier.js';
import { LONGEST_TIMER } from '../contexts/milliseconds.js';
import { Channel } from '../wire/channel.js';
import { isToHelper } from '../wire/guards.js';
import { type FromHelper, PROTOCOL, type ToHelper } from '../wire/messages.js';
import { CallServer, ProtocolError } from './call-server.js';
import { ChannelLog } from './channel-log.js';
import { consoleTo } from './console.js';
import { INPUT, openChannel } from './descriptors.js';
import { Ending } from './ending.js';
import { EXIT } from './exit-code.js';
import { guardLoading } from './guard-loading.js';
import { InHelperCarrier } from './in-helper-carrier.js';
import { prepareFunctions } from './prepare.js';
import { verifyThreads } from './threads.js';

/** Milliseconds beyond the grace period in which JavaScript can end the process by itself. */
const SLACK = 1000;

/** Only root may be able to change what a helper loads, whoever it runs as. */
const OWNERS = [0];

/** Runs the functions of a context for the service at the other end of the channel. */
export class Helper {
  readonly #assignment: Assignment;
  readonly #channel: Channel<ToHelper, FromHelper>;
  readonly #log: ChannelLog;
  readonly #ending: Ending;
  #server: CallServer | undefined;
  #isRefused = false;

  /** @throws when there is no channel */
  constructor(assignment: Assignment) {
    const { resultLimits } = assignment;
    const { name, gracePeriod } = assignment.declaration;
    const { input, output } = openChannel();
    this.#assignment = assignment;
    this.#channel = new Channel<ToHelper, FromHelper>(
      input,
      output,
      this,
      isToHelper,
      resultLimits,
    );
    this.#log = new ChannelLog(this.#channel);
    this.#ending = new Ending(this.#channel, output, name);
    posix.watchdog(INPUT, gracePeriod + SLACK, () => this.#hungUp());
    setInterval(() => {}, LONGEST_TIMER); // while the channel is not read it keeps no process alive
    this.#ending.watch();
    consoleTo(this.#log.logger());
    endOnSignals({
      stop: (signal) => void this.#stop(signal),
      stopAtOnce: () => void this.#server?.end(),
    });
  }

  /** Loads, verifies, and serves from then on. */
  async start(): Promise<void> {
    const { declaration, holds, debug } = this.#assignment;
    try {
      verifyThreads(holds); // before any module runs
      guardLoading(OWNERS);
      const options = {
        debug,
        logger: (name: string) => this.#log.logger(name),
        overdue: (message: string) => this.#ending.fatal(message),
      };
      const functions = new Map();
      carryBy(new InHelperCarrier(functions, options));
      const { byName, byEntrypoint } = await prepareFunctions(this.#assignment);
      for (const [entrypoint, prepared] of byEntrypoint) functions.set(entrypoint, prepared);
      verifyThreads(holds); // they may have done something about it, or started threads
      this.#server = new CallServer(this.#channel, byName, options);
      this.#channel.send({
        type: 'ready',
        protocol: PROTOCOL,
        context: declaration.name,
        functions: [...byName.keys()],
      });
    } catch (error) {
      this.#ending.fatal((error as Error).message);
    }
  }

  message(message: ToHelper, bytes: Uint8Array): void {
    if (this.#ending.hasBegun || this.#isRefused) return;
    try {
      if (this.#server === undefined) throw new ProtocolError('a call comes before `ready`');
      this.#server.receive(message, bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      void this.#refuse(error);
    }
  }

  /** What runs ends in order even so: else a service could stop it in the middle of anything. */
  async #refuse({ message }: ProtocolError): Promise<void> {
    this.#isRefused = true;
    await this.#server?.end();
    this.#ending.fatal(message, EXIT.protocol);
  }

  /** What runs is finished. Modules that are still loading are not waited for. */
  async #stop(signal: string): Promise<void> {
    await this.#server?.finish();
    this.#ending.fatal(`it was sent ${signal}`, EXIT.done);
  }

  drained(): void {
    this.#log.drained();
    this.#server?.drained();
  }

  /** The service has gone, which the channel does not show while it is not read. */
  #hungUp(): void {
    void this.#server?.end();
  }

  /** The fate is shared: what runs is told, and may put its things in order. */
  async closed(error?: Error): Promise<void> {
    await this.#server?.end();
    if (error instanceof FrameError || error instanceof MessageError) {
      this.#ending.now(EXIT.protocol, `the service broke the channel's rules: ${error.message}`);
    } else {
      this.#ending.now(EXIT.done);
    }
  }
}
