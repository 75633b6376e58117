/** NATS: an account for each tenant, and its streams. */
import { z } from "zod";
import { readAccount } from "../../../provisioner-bridge/engines/nats/account.ts";
import { openAdmin, queueSchema, useQueue } from "../../support/nats-client.ts";
import type { EngineSubject, KindSubject, Part } from "./subject.ts";

const TIMEOUT_MS = 5_000;

export const natsKinds: readonly KindSubject[] = [
  {
    kind: "queue",
    use: async (credentials) => {
      const outcome = await useQueue(queueSchema.parse(credentials));
      if (outcome !== "ok") throw new Error(outcome);
    },
  },
];

const streamsSchema = z.object({ data: z.object({ account_details: z.array(z.object({ id: z.string(), name: z.string() })).nullish() }) });

export const natsEngine: EngineSubject = {
  engine: "nats",
  parts: ["account"],
  /** Streams count only where their account is gone: a tenant need not have any. */
  async inventory(adminUrl) {
    const admin = await openAdmin(adminUrl);
    try {
      const options = { strategy: "sentinel", maxWait: TIMEOUT_MS } as const;
      const parts: Part[] = [];
      for await (const message of await admin.requestMany("$SYS.REQ.CLAIMS.PACK", "", options)) {
        const account = readAccount(message.string().split("|")[1] ?? "");
        if (account !== null) parts.push({ name: account.name, part: "account" });
      }
      const subject = `$SYS.REQ.SERVER.${admin.info?.server_id}.JSZ`;
      const answer = await admin.request(subject, JSON.stringify({ accounts: true }), { timeout: TIMEOUT_MS });
      const known = new Set(parts.map(({ name }) => name));
      const orphans = (streamsSchema.parse(answer.json()).data.account_details ?? []).filter(({ name }) => !known.has(name));
      return [...parts, ...orphans.map(({ name }) => ({ name, part: "streams" }))];
    } finally {
      await admin.close();
    }
  },
};
