/** Admission of a create: what it counts as, and its answer when it is a replay. */
import { z } from "zod";
import { ApiError } from "../../errors.ts";
import { type Admitted, type Asking, admit } from "../admission.ts";
import { liveCapsOf } from "../caller.ts";
import type { CreateResult, Creating } from "./input.ts";

type Replayed = { outcome: "replay"; result: CreateResult };

const storedSchema = z.object({ id: z.string(), upgrade: z.string().optional() });

/** @throws ApiError when the create is refused, or `admission_unavailable` when the caller's object does not answer */
export async function admitCreate(creating: Creating): Promise<Admitted | Replayed> {
  const admitted = await admit(askingOf(creating));
  if (admitted.outcome === "proceed") return admitted;
  const { bodyText } = admitted;
  const { id, upgrade = null } = storedSchema.parse(JSON.parse(bodyText));
  return { outcome: "replay", result: { bodyText, id, upgrade, replayed: true } };
}

function askingOf({ ctx, input, caller }: Creating): Asking {
  return {
    ctx,
    caller,
    route: input.route,
    idempotencyKey: input.idempotencyKey,
    canonicalBody: input.canonicalBody,
    kind: input.kind,
    live: liveCapsOf(caller, input.kind),
    overCap: ({ cap, ofKind }) => new ApiError("quota_exceeded", { cap, detail: ofKind ? input.kind : undefined }),
  };
}
