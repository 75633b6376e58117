/** One thing the bench measures. A new row of the table is a new file in measures/ and a line in main.ts. */
export interface Measure {
  /** How the table and the JSON call it. */
  readonly name: string;
  /** Does it once. @returns milliseconds */
  once(): Promise<number>;
  /** Removes what `once` made since the last time; not measured. */
  cleanUp(): Promise<void>;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
