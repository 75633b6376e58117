/** An error and what it was made of: engines and their libraries wrap what a server said. */
const CAUSES_MAX = 5;

/** The error first, then its causes. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [error];
  for (let last = error; last instanceof Error && last.cause !== undefined && causes.length < CAUSES_MAX; ) {
    last = last.cause;
    causes.push(last);
  }
  return causes;
}
