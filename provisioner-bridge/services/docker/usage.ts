/** What running containers use, as the engine's statistics say it. */
import pLimit from "p-limit";
import { z } from "zod";
import type { ContainerUsage } from "../driver.ts";
import type { EngineClient } from "./client.ts";
import { type Names, refOfLabels } from "./names.ts";

const AT_ONCE = 4;
const NS_IN_MS = 1e6;

const listedSchema = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));
const statsSchema = z.object({
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().default(0),
    /** What the kernel can take back at once: files that were read. */
    stats: z.object({ inactive_file: z.number().optional(), total_inactive_file: z.number().optional() }).nullish(),
  }),
});

export async function readUsage(client: EngineClient, { filter }: Names): Promise<ContainerUsage[]> {
  const listed = listedSchema.parse(await client.call((docker) => docker.listContainers({ filters: filter })));
  const turns = pLimit(AT_ONCE);
  const all = listed.map(({ Id, Labels }) => {
    const ref = refOfLabels(Labels);
    return turns(async () => (ref === null ? null : usageOf(client, Id).then((usage) => usage && { ref, ...usage })));
  });
  return (await Promise.all(all)).filter((one) => one !== null);
}

async function usageOf(client: EngineClient, id: string): Promise<Omit<ContainerUsage, "ref"> | null> {
  const found = await client.find((docker) => docker.getContainer(id).stats({ stream: false, "one-shot": true }));
  const stats = statsSchema.safeParse(found).data;
  if (stats === undefined) return null;
  const { usage, stats: details } = stats.memory_stats;
  const reclaimable = details?.inactive_file ?? details?.total_inactive_file ?? 0;
  return { cpuMs: stats.cpu_stats.cpu_usage.total_usage / NS_IN_MS, memoryBytes: Math.max(0, usage - reclaimable) };
}
