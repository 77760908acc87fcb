import type { ContextDeclaration } from '../contexts/declaration.js';
import { copyOf, settled } from '../wire/answer.js';
import type { Parts } from '../wire/data.js';
import { PrivilegedError } from '../wire/errors.js';
import type { HelperLink } from './helper-link.js';
import { stoppedError } from './how-it-ended.js';

/** A context in the service: it has one helper, or none, or one that is gone and stays so. */
export class ServedContext {
  readonly #declaration: ContextDeclaration;
  readonly #open: () => HelperLink;
  #link: HelperLink | undefined;
  #stopped = false;

  /** @param open starts a helper, or takes one that was started; throws where nothing says how */
  constructor(declaration: ContextDeclaration, open: () => HelperLink) {
    this.#declaration = declaration;
    this.#open = open;
  }

  /** By the helper, which the first call starts. One that is gone is not replaced. */
  async call(name: string, parts: Parts, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#stopped) throw stoppedError(this.#declaration.name);
    this.#link ??= this.#open();
    return settled(await this.#link.call(name, parts, signal));
  }

  async start(): Promise<void> {
    if (this.#stopped) {
      await this.#link?.gone;
      this.#link = undefined;
      this.#stopped = false;
    }
    if (this.#link === undefined || this.#link.isOver) this.#link = this.#open();
    try {
      await this.#link.ready;
    } catch (error) {
      throw error instanceof PrivilegedError ? copyOf(error) : error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#link?.stop();
  }
}
