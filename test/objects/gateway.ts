/** What the objects asked of the platform, and what it answers. Lives on globalThis: entry and tests may be separate module graphs. */
import type { OutboxJob } from "../../contract/admission.ts";
import type { InboxRecord } from "../../contract/webhook-inbox.ts";

type Gateway = {
  abandoned: string[];
  performed: OutboxJob[];
  /** Which ends of creates were already refused to their callers. */
  refused: string[];
  onAbandon: (resourceId: string) => Promise<"abandoned" | "complete">;
  onPerform: (job: OutboxJob) => Promise<void>;
  onInboxRecord: (resourceId: string) => Promise<InboxRecord>;
  reset(): void;
};

const shared = globalThis as unknown as { testGateway?: Gateway };

shared.testGateway ??= {
  abandoned: [],
  refused: [],
  performed: [],
  onAbandon: async () => "abandoned",
  onPerform: async () => undefined,
  onInboxRecord: async () => ({ state: "unknown" }),
  reset() {
    this.abandoned = [];
    this.refused = [];
    this.performed = [];
    this.onAbandon = async () => "abandoned";
    this.onPerform = async () => undefined;
    this.onInboxRecord = async () => ({ state: "unknown" });
  },
};

export const gateway: Gateway = shared.testGateway;
