/** What the objects asked of the platform, and what it answers. Lives on globalThis: entry and tests may be separate module graphs. */
import type { OutboxJob } from "../../contract/admission.ts";

type Gateway = {
  abandoned: string[];
  performed: OutboxJob[];
  onAbandon: (resourceId: string) => Promise<void>;
  onPerform: (job: OutboxJob) => Promise<void>;
  reset(): void;
};

const shared = globalThis as unknown as { testGateway?: Gateway };

shared.testGateway ??= {
  abandoned: [],
  performed: [],
  onAbandon: async () => undefined,
  onPerform: async () => undefined,
  reset() {
    this.abandoned = [];
    this.performed = [];
    this.onAbandon = async () => undefined;
    this.onPerform = async () => undefined;
  },
};

export const gateway: Gateway = shared.testGateway;
