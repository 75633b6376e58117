/** Redis keeps what every engine promises. */
import { describeLifecycle } from "../suite/lifecycle.ts";
import { useRedis } from "./subject.ts";

describeLifecycle(useRedis());
