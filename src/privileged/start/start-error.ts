/** Why a helper cannot be started: what is wrong with the modules or the accounts, and what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** A context that no module declares. */
export class UnknownContextError extends Error {
  override readonly name = 'UnknownContextError';
}

/** Standard input and output cannot be the channel to a service. */
export class NoChannelError extends Error {
  override readonly name = 'NoChannelError';
}
