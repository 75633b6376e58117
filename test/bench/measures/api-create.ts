/** `POST /db/new` as a caller sees it: from the request to the whole answer, over a connection kept open. */
import type pg from "pg";
import { z } from "zod";
import { type Measure, timed } from "../measure.ts";

const GONE_TIMEOUT_MS = 120_000;
const POLL_MS = 200;
const createdSchema = z.object({ ok: z.literal(true), id: z.uuid() });

type World = { apiUrl: string; platform: pg.Client; sweep: () => Promise<void> };

export function apiCreate({ apiUrl, platform, sweep }: World): Measure {
  const made: string[] = [];
  return {
    name: "POST /db/new",
    once: () =>
      timed(async () => {
        const response = await fetch(`${apiUrl}/db/new`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ name: "bench" }),
        });
        made.push(createdSchema.parse(await response.json()).id);
      }),
    /** They expire, and go the way every expired resource goes. */
    async cleanUp() {
      const ids = made.splice(0);
      await platform.query("UPDATE resources SET expires_at = now() WHERE id = ANY($1::uuid[])", [ids]);
      const deadline = performance.now() + GONE_TIMEOUT_MS;
      for (;;) {
        await sweep();
        const { rowCount } = await platform.query("SELECT 1 FROM resources WHERE id = ANY($1::uuid[]) AND status <> 'dropped'", [ids]);
        if (rowCount === 0) return;
        if (performance.now() > deadline) throw new Error("the expired resources of the bench did not go");
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}
