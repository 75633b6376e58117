/** Makes one job of a bridge in this process stop, fail or wait at a named point. */
import type { Fault, FaultPoint, OperationPoint } from "../../provisioner-bridge/faults.ts";

export type Trap = {
  /** Given to the bridge. */
  readonly fault: Fault;
  /** The next job to reach this point fails there, once. */
  failAt(point: FaultPoint | OperationPoint): void;
  /** The next job to reach this point waits there for `act`, once. */
  meddleAt(point: FaultPoint | OperationPoint, act: () => Promise<unknown>): void;
};

export function createTrap(): Trap {
  let set: { point: FaultPoint | OperationPoint; act: () => Promise<unknown> } | undefined;
  const meddleAt: Trap["meddleAt"] = (point, act) => {
    set = { point, act };
  };
  return {
    fault: async (point) => {
      if (set?.point !== point) return;
      const { act } = set;
      set = undefined;
      await act();
    },
    failAt: (point) => meddleAt(point, () => Promise.reject(new Error(`a test ended the job at ${point}`))),
    meddleAt,
  };
}
