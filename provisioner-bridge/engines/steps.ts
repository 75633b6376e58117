/** The steps of each engine's create and drop, in order: where a test may hold the bridge, kill it, or make it fail. */
import type { EngineName } from "../../contract/engines.ts";

export type EngineSteps = { create: readonly string[]; drop: readonly string[] };

export const ENGINE_STEPS: Readonly<Record<EngineName, EngineSteps>> = {
  postgres: { create: ["after_role", "after_database", "after_grants", "after_ready"], drop: ["after_database", "after_role"] },
  redis: { create: ["after_mark", "after_user", "after_ready"], drop: ["after_user", "after_keys", "after_mark"] },
  mongodb: { create: ["after_user", "after_ready"], drop: ["after_lock", "after_database", "after_user"] },
  nats: { create: ["after_account", "after_ready"], drop: ["after_close", "after_streams", "after_account"] },
  s3: { create: ["after_mark", "after_grant", "after_ready"], drop: ["after_grant", "after_objects", "after_mark"] },
};
