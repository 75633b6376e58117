/** A problem that the user can fix. Printed without a stack; the program then exits with 1. */
export class SetupError extends Error {
  /** What to do about it, one command or sentence a line. */
  readonly advice: readonly string[];

  constructor(message: string, advice: readonly string[] = [], options?: { cause?: unknown }) {
    super(message, options);
    this.name = "SetupError";
    this.advice = advice;
  }
}
