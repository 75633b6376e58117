/** The Worker's dependencies. `worker/wiring.ts` builds them once per isolate; tests build them from fakes. */
import type { Build } from "./build.ts";
import type { Hasher } from "./crypto/hash.ts";
import type { ReportVerifier } from "./crypto/reports.ts";
import type { Sealer } from "./crypto/seal.ts";
import type { SigningKeys } from "./crypto/signing-keys.ts";
import type { Tokens } from "./crypto/tokens.ts";
import type { Config } from "./env.ts";
import type { PlatformDatabase } from "./platform-db/database.ts";
import type { AdmissionPort } from "./ports/admission.ts";
import type { BridgePort } from "./ports/bridge.ts";
import type { Clock } from "./ports/clock.ts";
import type { Ids } from "./ports/ids.ts";
import type { InboxPort } from "./ports/inbox.ts";
import type { Logger } from "./ports/log.ts";
import type { Mailbox, MailPort } from "./ports/mail.ts";
import type { ObjectStorePort } from "./ports/object-store.ts";
import type { OutboxPort } from "./ports/outbox.ts";
import type { PublicInternetPort } from "./ports/public-internet.ts";

/** The static files: Cloudflare's assets, or a plain folder on one machine. */
export type AssetsPort = { fetch(request: Request): Promise<Response> };

export type Deps = {
  config: Config;
  build: Build;
  clock: Clock;
  ids: Ids;
  log: Logger;
  tokens: Tokens;
  sealer: Sealer;
  hasher: Hasher;
  /** The keys jobs are signed with. Routes serve their public halves only. */
  jobKeys: SigningKeys;
  /** Reports of the bridge are accepted by their signature only. */
  verifyReport: ReportVerifier;
  bridge: BridgePort;
  database: PlatformDatabase;
  admission: AdmissionPort;
  outbox: OutboxPort;
  mail: MailPort;
  /** The inbox of mails that do not leave this machine; null in production. */
  mailbox: Mailbox | null;
  inboxes: InboxPort;
  /** Null where no network boundary blocks private addresses; then no request is sent. */
  publicInternet: PublicInternetPort | null;
  /** Null where none is configured. */
  objectStore: ObjectStorePort | null;
  assets: AssetsPort;
  /** A named point between two steps where a test may stop this process. No-op outside development. */
  fault: (point: string, resourceId: string) => Promise<void>;
};
