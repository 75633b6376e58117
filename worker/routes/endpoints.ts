/** Every endpoint of the Worker, in the order the document shows them. */
import type { Endpoint } from "../http.ts";
import { claimPreview } from "./claim/preview.ts";
import { startClaim } from "./claim/start.ts";
import { openapiJson } from "./docs/openapi-json.ts";
import { docsFile, idempotency, reference } from "./docs/pages.ts";
import { takeReport } from "./internal/reports.ts";
import { health, live } from "./operations/health.ts";
import { jobKeys, tokenKeys } from "./operations/jwks.ts";
import { readiness } from "./operations/readiness.ts";
import { root } from "./operations/root.ts";
import { createCache } from "./provision/cache.ts";
import { createDatabase } from "./provision/db.ts";
import { createMongodb } from "./provision/nosql.ts";
import { createQueue } from "./provision/queue.ts";
import { createStorage } from "./provision/storage.ts";
import { createVectorDatabase } from "./provision/vector.ts";
import { createWebhookInbox } from "./provision/webhook.ts";
import { getCredentials } from "./resources/credentials.ts";
import { removeResource } from "./resources/delete.ts";
import { getResource } from "./resources/get.ts";
import { rotateResource } from "./resources/rotate.ts";
import { refreshStorage } from "./storage/credentials.ts";
import { presign } from "./storage/presign.ts";
import { listWebhookRequests } from "./webhooks/list.ts";
import { nextWebhookRequest } from "./webhooks/next.ts";
import { readWebhookRequest } from "./webhooks/read.ts";
import { receiveWebhook, receiveWebhookBelow } from "./webhooks/receive.ts";
import { replayWebhookRequest } from "./webhooks/replay.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  createDatabase,
  createVectorDatabase,
  createQueue,
  createCache,
  createWebhookInbox,
  receiveWebhook,
  receiveWebhookBelow,
  listWebhookRequests,
  // Before the route that takes any id in the same place.
  nextWebhookRequest,
  readWebhookRequest,
  replayWebhookRequest,
  createMongodb,
  createStorage,
  presign,
  refreshStorage,
  getResource,
  getCredentials,
  rotateResource,
  removeResource,
  claimPreview,
  startClaim,
  health,
  live,
  readiness,
  tokenKeys,
  jobKeys,
  openapiJson,
  reference,
  idempotency,
  docsFile,
  takeReport,
  root,
];
