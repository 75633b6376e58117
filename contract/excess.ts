/**
 * The sizes at which a resource loses its write access and gets it back. The Worker judges by its own figures, the bridge by the
 * registry's, and both use these rules. See docs/limits.md.
 */

/** A resource that stores more than this many times its limit loses its write access. */
export const GROSS_EXCESS = 3;
/** Far enough below the limit that a resource near it does not switch back and forth. */
const LIFT_PERCENT = 90;

/** @returns whether `size` is low enough to lift the cut that `threshold` caused; both in the same unit */
export function isBelowLift(size: number, threshold: number): boolean {
  return size * 100 < threshold * LIFT_PERCENT;
}
