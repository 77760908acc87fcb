import { encode } from '#src/wire/encoding.js';
import { PROTOCOL } from '#src/wire/messages.js';
import { Wire } from './wire.js';

const MIB = 1024 * 1024;
const MANY = 65_000;

type Address = Parameters<typeof Wire.open>[0];
type Attack = (address: Address) => Promise<void>;

/** What a client can ask for that costs the daemon much, each for a second or two. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  nothing: async () => {},
  'patterns that take long': requests(4, ['slow', 'a'.repeat(40)]),
  'many words, refused': requests(4, ['no', ...words(MANY)]),
  'many words, allowed': requests(4, ['true', ...words(MANY)]),
  'long input': requests(4, ['cat'], Buffer.alloc(15 * MIB)),
  'long output': requests(4, ['head', '-c', '15000000', '/dev/zero']),
  'small requests': requests(10_000, ['no']),
  'many commands at once': requests(200, ['true']),
  'nested JSON': async (address) => {
    const wire = await Wire.open(address);
    wire.send('['.repeat(15 * MIB));
    await wire.receive().catch(() => {});
  },
  "escaped input of oslo.rootwrap's": async (address) => {
    const object = await osloObject(address);
    const wire = await osloWire(address);
    const text = '\\udc80'.repeat(2 * MIB);
    await wire.ask(`["${object}","run_one_command",[["true"],"${text}"],{}]`);
  },
};

function words(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `w${i}`);
}

/** So many of them at once, until all are answered. */
function requests(count: number, argv: readonly string[], input: Uint8Array = Buffer.of()): Attack {
  return async (address) => {
    const wire = await Wire.open(address);
    await wire.ask(JSON.stringify({ type: 'hello', protocol: PROTOCOL }));
    for (let id = 1; id <= count; id++) {
      wire.socket.write(encode({ type: 'run', id, argv }, input));
    }
    for (let left = count; left > 0; left--) await wire.receive();
    wire.socket.destroy();
  };
}

async function osloObject(address: Address): Promise<string> {
  const wire = await Wire.open(address);
  const answer = await wire.ask('[null,"create",["rootwrap"],{}]');
  wire.socket.destroy();
  const [, [object]] = JSON.parse(answer.toString()) as [string, [string]];
  return object;
}

/** A connection to objects of oslo.rootwrap's dialect. */
export async function osloWire(address: Address): Promise<Wire> {
  const wire = await Wire.open(address);
  await wire.ask('[null,"accept_connection",["bench"],{}]');
  return wire;
}
