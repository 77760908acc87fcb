/** A schema that a privileged function cannot have; the message has the place, and what to write. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}
