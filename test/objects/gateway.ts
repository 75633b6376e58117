/** What the objects asked of the platform, and what it answers. Lives on globalThis: entry and tests may be separate module graphs. */
import type { OutboxJob, TryOutcome } from "../../contract/outbox.ts";
import type { InboxRecord } from "../../contract/webhook-inbox.ts";

type Gateway = {
  abandoned: string[];
  performed: OutboxJob[];
  /** Which ends of creates were already refused to their callers. */
  refused: string[];
  onAbandon: (resourceId: string) => Promise<"abandoned" | "complete">;
  onPerform: (job: OutboxJob) => Promise<TryOutcome>;
  onInboxRecord: (resourceId: string) => Promise<InboxRecord>;
  reset(): void;
};

const shared = globalThis as unknown as { testGateway?: Gateway };

shared.testGateway ??= {
  abandoned: [],
  refused: [],
  performed: [],
  onAbandon: async () => "abandoned",
  onPerform: async () => ({ ok: true }),
  onInboxRecord: async () => ({ state: "unknown" }),
  reset() {
    this.abandoned = [];
    this.refused = [];
    this.performed = [];
    this.onAbandon = async () => "abandoned";
    this.onPerform = async () => ({ ok: true });
    this.onInboxRecord = async () => ({ state: "unknown" });
  },
};

export const gateway: Gateway = shared.testGateway;
