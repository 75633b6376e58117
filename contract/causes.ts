/** Errors and the errors that caused them. Libraries wrap what a server or the system said. */

/** Bounds a chain that is long or refers to itself. */
const CAUSES_MAX = 5;

/** @returns the error first, then its causes */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [error];
  for (let last = error; last instanceof Error && last.cause !== undefined && causes.length <= CAUSES_MAX; ) {
    last = last.cause;
    causes.push(last);
  }
  return causes;
}

/** The `code` that Node, workerd and database drivers put on their errors. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
