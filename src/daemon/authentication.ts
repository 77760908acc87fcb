import {
  answerChallenge,
  FAILURE,
  makeChallenge,
  verifyAnswer,
  WELCOME,
} from '../wire/challenge.js';
import { frame } from '../wire/frames.js';
import type { Connection, Session } from './connection.js';
import type { Payload } from './payload.js';

/** The daemon's side of the challenge: each proves to the other that it has the key, it first. */
export class Authentication implements Session {
  readonly #connection: Connection;
  readonly #key: Uint8Array;
  readonly #outcome: Outcome;
  readonly #message: Buffer;
  #step: (payload: Buffer) => void = (payload) => this.#verify(payload);

  /** Sends the challenge. */
  constructor(connection: Connection, key: Uint8Array, outcome: Outcome) {
    this.#connection = connection;
    this.#key = key;
    this.#outcome = outcome;
    const { payload, message } = makeChallenge();
    this.#message = message;
    connection.send(frame('', payload));
  }

  receive({ bytes }: Payload): void {
    this.#step(bytes); // short: nothing to be freed
  }

  inputEnded(): void {
    this.#connection.destroy();
  }

  closed(): void {
    this.#outcome.gone();
  }

  #verify(payload: Buffer): void {
    if (!verifyAnswer(this.#key, this.#message, payload, true)) {
      this.#connection.send(frame('', FAILURE));
      this.#outcome.failed('does not know the key');
      return;
    }
    this.#connection.send(frame('', WELCOME));
    this.#step = (payload) => this.#answer(payload);
  }

  #answer(payload: Buffer): void {
    const answer = answerChallenge(this.#key, payload);
    if (answer === undefined) {
      this.#connection.send(frame('', FAILURE));
      this.#outcome.failed('challenges in a way that is not known here');
      return;
    }
    this.#connection.send(frame('', answer));
    this.#step = (payload) => {
      if (payload.equals(WELCOME)) this.#outcome.passed();
      else this.#outcome.failed('did not take our answer');
    };
  }
}

export interface Outcome {
  passed(): void;
  /** @param why behind the word "peer" */
  failed(why: string): void;
  /** The connection was closed. */
  gone(): void;
}
