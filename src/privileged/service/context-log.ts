import { escapeControls } from '../../log/escape.js';
import type { Logger } from '../contexts/entrypoint.js';
import type { LogLevel } from '../wire/messages.js';

/** The service's logger for what a context's helper says, and for what is said of it. */
export class ContextLog {
  readonly #context: string;
  readonly #logger: Logger;

  constructor(context: string, logger: Logger) {
    this.#context = context;
    this.#logger = logger;
  }

  /**
   * One line, `net: message` or `net: function: message`, that holds nothing a terminal obeys. A logger
   * that throws does not break what goes on here.
   *
   * @param about the function that said it
   */
  write(level: LogLevel, message: string, about?: string): void {
    const said = about === undefined ? message : `${about}: ${message}`;
    try {
      this.#logger[level](escapeControls(`${this.#context}: ${said}`));
    } catch {
      // its own affair, and there is nobody else to tell
    }
  }

  /** What a privileged function gets as its `log`, where it runs in this process. */
  of(about: string): Logger {
    const at = (level: LogLevel) => (message: string) => this.write(level, message, about);
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}
