/**
 * Tables of steps: what a create or a drop on an engine is made of, as an operation is (operations/step.ts). The places where tests hold or
 * kill the bridge, or make it fail, are generated from them. A create's undo is the engine's drop, which takes what exists.
 */

/** Called after each step, with the name of the place; a test makes it throw. */
export type Point = (name: string) => Promise<void>;

/** Idempotent over its own half-done work. */
export type Step<C> = { name: string; do(context: C): Promise<unknown> };

/** Runs them in order. */
export async function runSteps<C>(steps: readonly Step<C>[], context: C, point: Point): Promise<void> {
  for (const step of steps) {
    await step.do(context);
    await point(pointAfter(step));
  }
}

/** The places that these steps pass, in order. */
export const pointsOf = (steps: readonly { name: string }[]): string[] => steps.map(pointAfter);

const pointAfter = ({ name }: { name: string }): string => `after_${name}`;
