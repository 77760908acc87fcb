import type { ContextDeclaration } from '../contexts/declaration.js';
import { copyOf, settled } from '../wire/answer.js';
import type { Parts } from '../wire/data.js';
import { PrivilegedError } from '../wire/errors.js';
import type { HelperLink } from './helper-link.js';
import { stoppedError } from './how-it-ended.js';

/** Milliseconds between the starts of two helpers, where calls start them: at least, and after many that did not get ready. */
const PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;

/** A context in the service: it has one helper, or none, or one that is gone. */
export class ServedContext {
  readonly #declaration: ContextDeclaration;
  readonly #open: () => HelperLink;
  #link: HelperLink | undefined;
  #stopped = false;
  readonly #restarts: () => boolean;
  /** By performance.now(). */
  #startedAt = Number.NEGATIVE_INFINITY;
  #pause = PAUSE_MS;

  /**
   * @param open starts a helper, or takes one that was started; throws where nothing says how
   * @param restarts whether a call replaces one that is gone
   */
  constructor(declaration: ContextDeclaration, open: () => HelperLink, restarts = () => false) {
    this.#declaration = declaration;
    this.#open = open;
    this.#restarts = restarts;
  }

  /** By the helper, which the first call starts. One that is gone is replaced only where that was asked for. */
  async call(name: string, parts: Parts, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#stopped) throw stoppedError(this.#declaration.name);
    if (this.#link === undefined || this.#isToRestart(this.#link)) this.#link = this.#opened();
    return settled(await this.#link.call(name, parts, signal));
  }

  /** Not at once after the former, lest calls become a storm of processes that fail. */
  #isToRestart(link: HelperLink): boolean {
    if (!this.#restarts() || !link.isOver) return false;
    if (link.hasServed) this.#pause = PAUSE_MS;
    if (performance.now() - this.#startedAt < this.#pause) return false;
    if (!link.hasServed) this.#pause = Math.min(2 * this.#pause, MAX_PAUSE_MS);
    return true;
  }

  #opened(): HelperLink {
    this.#startedAt = performance.now();
    return this.#open();
  }

  async start(): Promise<void> {
    if (this.#stopped) {
      await this.#link?.gone;
      this.#link = undefined;
      this.#stopped = false;
    }
    if (this.#link === undefined || this.#link.isOver) this.#link = this.#opened();
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
