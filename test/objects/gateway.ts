/** What the objects asked of the platform, and what it answers. Lives on globalThis: entry and tests may be separate module graphs. */
import type { OutboxJob } from "../../contract/admission.ts";

type Gateway = {
  abandoned: string[];
  performed: OutboxJob[];
  /** Which ends of creates were already refused to their callers. */
  refused: string[];
  onAbandon: (resourceId: string) => Promise<"abandoned" | "complete">;
  onPerform: (job: OutboxJob) => Promise<void>;
  reset(): void;
};

const shared = globalThis as unknown as { testGateway?: Gateway };

shared.testGateway ??= {
  abandoned: [],
  refused: [],
  performed: [],
  onAbandon: async () => "abandoned",
  onPerform: async () => undefined,
  reset() {
    this.abandoned = [];
    this.refused = [];
    this.performed = [];
    this.onAbandon = async () => "abandoned";
    this.onPerform = async () => undefined;
  },
};

export const gateway: Gateway = shared.testGateway;
