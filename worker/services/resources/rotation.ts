/**
 * Brings a rotation that was written down to its end: engine, stored answers, row. However often and wherever it is tried, it is the
 * same rotation with the same new password, so a crash at any step is met by the next try (docs/orphans.md).
 */
import { jobIdFor } from "../../../contract/jobs.ts";
import { KINDS } from "../../../contract/kinds.ts";
import type { Deps } from "../../deps.ts";
import { isLastRotation, type Rotation, recordRotation, renewRotation } from "../../platform-db/rotations.ts";
import { BridgeError } from "../../ports/bridge.ts";
import { type Credentials, sealGrant } from "../provision/secrets.ts";
import { credentialsOf } from "../provision/tenant.ts";

/** Other changes of one resource in a few seconds are few. */
const RENEWALS_MAX = 3;

/** @returns the new credentials, never those of a password that another change has replaced: null then, and when the resource is going @throws BridgeError, DatabaseError */
export async function finishRotation(deps: Deps, begun: Rotation, requestId: string): Promise<Credentials | null> {
  const sent = await sendRotation(deps, begun, requestId);
  if (sent === null) return null;
  const { rotation, credentials } = sent;
  await deps.fault("worker.rotate.after_job", rotation.id);
  // Before the row says that it is done: an answer that could be replayed would show a password that is dead.
  if (rotation.admission_scope !== null) await deps.admission.of(rotation.admission_scope).forget(rotation.id);
  const isRecorded = await recordRotation(deps.database, rotation, await sealGrant(deps, rotation.id, credentials));
  await deps.fault("worker.rotate.after_row", rotation.id);
  // Not recorded, it may still be right: another try of the same rotation was first. After a claim's own rotation it is a dead password.
  return isRecorded || (await isLastRotation(deps.database, rotation)) ? credentials : null;
}

async function sendRotation(deps: Deps, begun: Rotation, requestId: string) {
  const { engine } = KINDS[begun.kind];
  if (engine === null) throw new Error(`a ${begun.kind} has no engine`);
  let rotation: Rotation | null = begun;
  for (let tries = 0; rotation !== null && tries <= RENEWALS_MAX; tries += 1) {
    const { id, generation } = rotation;
    const args = { engine, resource_id: id, generation, rotation: rotation.rotation };
    try {
      const { grant } = await deps.bridge.run<"rotate">({ kind: "rotate", args }, jobIdFor("rotate", id, generation), requestId);
      return { rotation, credentials: credentialsOf(rotation.kind, grant) };
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "stale_generation") throw error;
      // Another change came first, or another try of this one has ended: the row knows.
      rotation = await renewRotation(deps.database, rotation);
    }
  }
  return null;
}
