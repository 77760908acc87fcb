import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Carrier,
  carryBy,
  carryOtherwiseBy,
  currentCarrier,
} from '#src/privileged/contexts/carrier.js';
import { context, declaredContexts } from '#src/privileged/contexts/context.js';
import { type ContextOptions, DeclarationError } from '#src/privileged/contexts/declaration.js';
import { entrypointOf } from '#src/privileged/contexts/entrypoint.js';
import { inChild } from '../../support/child-module.js';

const OPTIONS: ContextOptions = {
  user: 'svc',
  groups: ['adm', 7],
  capabilities: ['CAP_KILL', 'CAP_CHOWN'],
};

function isDeclaration(said: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof DeclarationError && said.test(error.message);
}

test('the same options give the same context, in whatever order lists have them', () => {
  const first = context('same', OPTIONS);
  assert.is(context('same', { ...OPTIONS }), first);
  const turned: ContextOptions = {
    groups: [7, 'adm'],
    capabilities: ['CAP_CHOWN', 'CAP_KILL'],
    user: 'svc',
  };
  assert.is(context('same', turned), first);
  assert.is(context('same', { ...OPTIONS, umask: 0o077, gracePeriod: 5000 }), first);
  assert.is(declaredContexts().filter(({ name }) => name === 'same').length, 1);
});

const OTHERS: readonly Partial<ContextOptions>[] = [
  { user: 'other' },
  { group: 'adm' },
  { groups: ['adm'] },
  { capabilities: ['CAP_KILL'] },
  { capabilities: ['CAP_KILL', 'CAP_SYS_ADMIN'] },
  { umask: 0o022 },
  { gracePeriod: 1 },
  { maxResult: 4096 },
];

for (const other of OTHERS) {
  const [option = ''] = Object.keys(other);
  test(`a second declaration with ${JSON.stringify(other)} is an error that names the option`, () => {
    context('other', OPTIONS);
    const said = new RegExp(
      `context other: it was declared before with another \`${option}\`; declare it once`,
    );
    assert.throws(() => context('other', { ...OPTIONS, ...other }), isDeclaration(said));
    assert.is(context('other', OPTIONS).declaration.user, 'svc');
  });
}

test('a user by number is another one than a user whose name are the digits', () => {
  context('number', { user: 7 });
  assert.throws(() => context('number', { user: '_7' }), isDeclaration(/another `user`/));
});

const WRONG: readonly (readonly [args: unknown[], said: RegExp])[] = [
  [[], /its schema of arguments is missing; give one, `\{\}` where there are none/],
  [[null, () => 1], /its schema of arguments is missing/],
  [[[], () => 1], /its first argument is not an object/],
  [['x', () => 1], /its first argument is not an object/],
  [[() => 1], /its first argument is not an object/],
  [[{}], /its second argument is not a function/],
  [[{}, {}], /its second argument is not a function/],
  [[{}, () => 1, 5], /its options are not an object; leave them out/],
  [[{}, () => 1, null], /its options are not an object/],
  [[{}, () => 1, { timeuot: 5 }], /there is no option "timeuot"; remove it/],
  [
    [{}, () => 1, { timeout: 0 }],
    /`timeout` is not a whole number of milliseconds from 1 to 2147483647/,
  ],
  [[{}, () => 1, { timeout: 1.5 }], /`timeout` is not/],
  [[{}, () => 1, { timeout: 2 ** 31 }], /`timeout` is not/],
  [[{}, () => 1, { timeout: '5' }], /`timeout` is not/],
  [[{}, () => 1, { timeout: null }], /`timeout` is not/],
  [[{}, () => 1, { returns: 'string' }], /`returns` is not a schema/],
  [[{}, () => 1, { returns: null }], /`returns` is not a schema/],
];

for (const [args, said] of WRONG) {
  const shown = args.map((one) => (typeof one === 'function' ? '() => 1' : JSON.stringify(one)));
  test(`entrypoint(${shown.join(', ')}) is a DeclarationError that says what to write`, () => {
    const declared = context('wrong', { user: 'svc' });
    const entrypoint = declared.entrypoint.bind(declared) as (...all: unknown[]) => unknown;
    assert.throws(() => entrypoint(...args), isDeclaration(said));
    assert.throws(() => entrypoint(...args), isDeclaration(/^a function of context wrong: /));
  });
}

test('an entrypoint keeps what it was declared with, and the module that made it', () => {
  const declared = context('kept', { user: 'svc' });
  const args = { x: { type: 'integer' } } as const;
  const options = { timeout: 2_147_483_647, returns: { type: 'null' } } as const;
  const made = declared.entrypoint(args, () => null, options);
  const { module, body, callable, ...kept } = entrypointOf(made) ?? {};
  assert.equal(kept, { context: declared, args, ...options, name: undefined });
  assert.is(module, import.meta.url);
  assert.is(callable, made);
  assert.is(entrypointOf(body), undefined);
  assert.is(entrypointOf({}), undefined);
});

test('where modules are only described an entrypoint without a schema is none of the errors', () => {
  const answer = inChild(
    {
      carrier: '#src/privileged/contexts/carrier.js',
      contexts: '#src/privileged/contexts/context.js',
      entrypoints: '#src/privileged/contexts/entrypoint.js',
    },
    `const declared = contexts.context('described', { user: 'svc' });
    const make = (...args) => {
      try {
        return entrypoints.entrypointOf(declared.entrypoint(...args)).args ?? null;
      } catch (error) {
        return error.name;
      }
    };
    answer = [make(undefined, () => 1)];
    carrier.describeOnly();
    answer.push(make(undefined, () => 1), make({}, () => 1), make(undefined, 5));`,
  );
  assert.equal(answer, ['DeclarationError', null, {}, 'DeclarationError']);
});

/** Tells what it was asked for. */
function telling(name: string): Carrier {
  return {
    call: async (_entrypoint, args) => [name, args],
    start: async ({ name: started }) => {
      throw new Error(`${name} starts ${started}`);
    },
    stop: async ({ name: stopped }) => {
      throw new Error(`${name} stops ${stopped}`);
    },
  };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(String, ({ message }: Error) => message);
}

test('calls, start and stop go to the carrier in place, then to the one that was there', async () => {
  const declared = context('carried', { user: 'svc' });
  const made = declared.entrypoint({ x: { type: 'integer', optional: true } }, () => 1);
  assert.match(await messageOf(made()), 'nothing carries calls'); // never thrown at once
  carryOtherwiseBy(telling('standing'));
  assert.equal(await made({ x: 1 }), ['standing', { x: 1 }]);
  assert.is(carryBy(telling('other')), undefined);
  const other = currentCarrier();
  carryOtherwiseBy(telling('later'));
  assert.equal(await made(), ['other', {}]);
  assert.is(await messageOf(declared.start()), 'other starts carried');
  assert.is(await messageOf(declared.stop()), 'other stops carried');
  assert.is(carryBy(undefined), other);
  assert.equal(await made(), ['later', {}]);
});

test.run();
