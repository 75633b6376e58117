/** Something the person at the keyboard can put right. Printed without a stack; the program then exits 1. */
export class SetupError extends Error {
  /** What to do about it, one command or sentence a line. */
  readonly advice: readonly string[];

  constructor(message: string, advice: readonly string[] = [], options?: { cause?: unknown }) {
    super(message, options);
    this.name = "SetupError";
    this.advice = advice;
  }
}
