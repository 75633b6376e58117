/** Whether new releases can be built and started now. */
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { BridgeError } from "../../ports/bridge.ts";

/**
 * Asked before a change that needs no upload; an upload is refused by the bridge itself. A bridge that does not answer refuses nothing:
 * the operation waits until it does.
 * @throws ApiError `builder_unavailable`
 */
export async function requireBuilder({ deps, requestId }: RequestContext): Promise<void> {
  await deps.bridge.runService<"check_builder">({ kind: "check_builder", args: {} }, deps.ids.uuid(), requestId).catch((cause: unknown) => {
    if (cause instanceof BridgeError && cause.code === "builder_unavailable") throw new ApiError("builder_unavailable", { cause });
  });
}
