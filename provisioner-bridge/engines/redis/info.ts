/** What a server says of itself (INFO). */
import { z } from "zod";
import type { Link } from "./link.ts";

const number = z.coerce.number().int().min(0);
const infoSchema = z.object({
  redis_version: z.string(),
  redis_mode: z.string(),
  /** Another one after every start. */
  run_id: z.string(),
  role: z.string(),
  /** 1 while it reads its data back in. */
  loading: number,
  connected_clients: number,
  maxclients: number,
  /** Bytes, everything included. */
  used_memory: number,
  maxmemory: number,
  maxmemory_policy: z.string(),
});
export type Info = z.infer<typeof infoSchema>;

export async function readInfo(link: Link): Promise<Info> {
  const [text] = await link.run(["INFO", "server", "clients", "memory", "persistence", "replication"]);
  const lines = z.string().parse(text).split("\r\n");
  const pairs = lines
    .filter((line) => line.includes(":"))
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  return infoSchema.parse(Object.fromEntries(pairs));
}
