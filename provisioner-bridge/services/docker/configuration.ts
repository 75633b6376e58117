/** How the bridge reaches a container engine: the variable BRIDGE_RUNNER. */
import { z } from "zod";

/** Two octets; every network gets a part of the /16. */
const SUBNET_POOL_PATTERN = /^(\d{1,3})\.(\d{1,3})\.0\.0\/16$/;

export const runnerSchema = z.strictObject({
  driver: z.literal("docker"),
  /** The unix socket of the Docker Engine API. */
  socket: z.string().startsWith("/"),
  /** Networks of services are cut from this pool, e.g. "10.201.0.0/16". Two bridges on one machine need two. */
  subnets: z.string().regex(SUBNET_POOL_PATTERN),
  /** Begins the names of all that the driver makes, so that two bridges can share an engine. */
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,7}$/)
    .default("inode"),
  /** `container`: this machine reaches containers at their own addresses. `published`: at ports of 127.0.0.1, as with Docker Desktop. */
  addresses: z.enum(["container", "published"]).default("container"),
  /** `never`: only images that are on the machine. */
  pull: z.enum(["missing", "never"]).default("missing"),
  /**
   * `required`: nothing is built or started until probes have shown that containers cannot reach this machine. `unchecked`: for a developer's
   * own apps, where no firewall can be installed.
   */
  isolation: z.enum(["required", "unchecked"]).default("required"),
  /** What probes of the isolation run: it needs a shell, `nc`, `httpd`, `ip`, `awk` and `timeout`, as busybox has them. */
  probe_image: z.string().default("busybox:1"),
  /** True where the engine's storage enforces a container's size (XFS with project quotas). */
  disk_quota: z.boolean().default(false),
});
export type RunnerConfiguration = z.infer<typeof runnerSchema>;
