/** What cancels one call, once. Listening to an AbortSignal would take longer than checking the arguments. */
export class Cancellation {
  #isCancelled = false;
  #listener: (() => void) | undefined;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#listener?.();
  }

  /** @param listener the only one */
  listen(listener: () => void): void {
    this.#listener = listener;
  }
}
