/** A run cannot reach what a row needs; says what is missing. */
export class PreconditionError extends Error {
  override name = "PreconditionError";
}
