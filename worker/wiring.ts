/** Builds the Worker's dependencies from its bindings, once per isolate. */
import type { AdmissionObject, OutboxObject } from "../contract/admission.ts";
import type { MailboxObject } from "../contract/mailbox.ts";
import type { WebhookInboxObject } from "../contract/webhook-inbox.ts";
import { build } from "./build.ts";
import { createHasher } from "./crypto/hash.ts";
import { createReportVerifier } from "./crypto/reports.ts";
import { createSealer } from "./crypto/seal.ts";
import { createSigningKeys } from "./crypto/signing-keys.ts";
import { createTokens } from "./crypto/tokens.ts";
import type { AssetsPort, Deps } from "./deps.ts";
import { type Config, readConfig } from "./env.ts";
import { createNeonDatabase } from "./platform-db/neon.ts";
import { createHttpBridge } from "./ports/bridge-http.ts";
import { systemClock } from "./ports/clock.ts";
import { createAdmission, createInboxes, createOutbox, type NamespaceOf } from "./ports/durable-objects.ts";
import { createFault } from "./ports/fault.ts";
import { systemIds } from "./ports/ids.ts";
import { createLogger } from "./ports/log.ts";
import { createBrevoMail } from "./ports/mail-brevo.ts";
import { createLocalMail } from "./ports/mail-local.ts";
import { createObjectStore } from "./ports/object-store.ts";
import { createPublicInternet, type Fetcher } from "./ports/public-internet.ts";

/** The bindings of wrangler.toml, except the variables, which `readConfig` reads. */
type Bindings = {
  FINGERPRINT: NamespaceOf<AdmissionObject>;
  TEAM: NamespaceOf<AdmissionObject>;
  JOB_OUTBOX: NamespaceOf<OutboxObject>;
  WEBHOOK_INBOX: NamespaceOf<WebhookInboxObject>;
  /** Bound in development only. */
  MAILBOX?: NamespaceOf<MailboxObject>;
  ASSETS: AssetsPort;
  /** A network without private addresses, for runtimes whose own `fetch` reaches them (one machine). */
  PUBLIC_INTERNET?: Fetcher;
};

const SENDER_NAME = "instanode";

const built = new WeakMap<object, Deps>();

/** @throws ConfigError when a variable is not usable */
export function depsFor(env: unknown): Deps {
  const config = readConfig(env);
  // readConfig accepts objects only, and wrangler.toml binds these in every environment; dev/workerd-config.ts binds the last.
  const bindings = env as Bindings;
  const deps = built.get(bindings) ?? wire(bindings, config);
  built.set(bindings, deps);
  return deps;
}

function wire(bindings: Bindings, config: Config): Deps {
  const clock = systemClock;
  const ids = systemIds;
  const jobKeys = createSigningKeys(config.jobSigningKeys);
  const sealer = createSealer(config.encryptionKeys, ids);
  const hasher = createHasher(config);
  return {
    config,
    build,
    clock,
    ids,
    log: createLogger(clock),
    tokens: createTokens(config, clock, ids),
    sealer,
    hasher,
    jobKeys,
    verifyReport: createReportVerifier(config, clock),
    bridge: createHttpBridge({ url: config.bridgeUrl, bridgeId: config.bridgeId, keys: jobKeys, clock }),
    database: createNeonDatabase(config.databaseUrl, config.databaseFetchEndpoint),
    admission: createAdmission({ fingerprints: bindings.FINGERPRINT, teams: bindings.TEAM }),
    outbox: createOutbox(bindings.JOB_OUTBOX),
    ...mailParts(config, bindings, { sealer, clock, ids }),
    inboxes: createInboxes(bindings.WEBHOOK_INBOX, hasher),
    publicInternet: publicInternet(bindings, config),
    objectStore: config.objectStore === null ? null : createObjectStore(config.objectStore, clock),
    assets: bindings.ASSETS,
    fault: createFault(config.faultHookUrl),
  };
}

/** @throws Error without a mail adapter. `readConfig` requires one in production; wrangler.toml binds the inbox in development. */
function mailParts({ brevoApiKey, mailFrom }: Config, { MAILBOX }: Bindings, parts: Pick<Deps, "sealer" | "clock" | "ids">) {
  if (brevoApiKey !== null)
    return { mail: createBrevoMail({ apiKey: brevoApiKey, sender: { name: SENDER_NAME, email: mailFrom } }), mailbox: null };
  if (!MAILBOX) throw new Error("neither BREVO_API_KEY nor a local inbox");
  const local = createLocalMail({ namespace: MAILBOX, ...parts });
  return { mail: local, mailbox: local };
}

/** On Cloudflare `fetch` reaches public addresses only. Elsewhere a binding restricted to public addresses is required. */
function publicInternet({ PUBLIC_INTERNET }: Bindings, { environment }: ReturnType<typeof readConfig>) {
  if (PUBLIC_INTERNET) return createPublicInternet(PUBLIC_INTERNET);
  return environment === "production" ? createPublicInternet({ fetch: (request) => fetch(request) }) : null;
}
