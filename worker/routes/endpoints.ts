/** Every endpoint of the Worker, in the order the document shows them. */
import type { Endpoint } from "../http.ts";
import { auditJson, auditTable } from "./audit/audit.ts";
import { createKey, listKeys, revokeKey } from "./auth/api-keys.ts";
import { cliBegin, cliComplete, cliPoll } from "./auth/cli.ts";
import { cliForm, cliPage } from "./auth/cli-pages.ts";
import { emailCallback, useEmailLink } from "./auth/email-callback.ts";
import { emailStart } from "./auth/email-start.ts";
import { loginForm, loginPage, logoutForm } from "./auth/pages.ts";
import { logout, me, whoami } from "./auth/session.ts";
import { claim } from "./claim/claim.ts";
import { claimForm, claimPage } from "./claim/pages.ts";
import { claimPreview, claimPreviewByBody } from "./claim/preview.ts";
import { startClaim } from "./claim/start.ts";
import { apiKeysPage, newApiKeyForm, revokeApiKeyForm } from "./dashboard/api-keys.ts";
import { auditPage } from "./dashboard/audit.ts";
import { requestsTail } from "./dashboard/requests.ts";
import { confirmForm, connectionForm, deleteForm, pauseForm, resourceDetails, resumeForm, rotateForm } from "./dashboard/resource.ts";
import { newResourceForm, newResourcePage, resourcesPage } from "./dashboard/resources.ts";
import { usagePage } from "./dashboard/usage.ts";
import { devMailbox } from "./dev/mailbox.ts";
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
import { confirmAttachedResource } from "./resources/confirm.ts";
import { getCredentials } from "./resources/credentials.ts";
import { removeResource } from "./resources/delete.ts";
import { getVariables } from "./resources/env.ts";
import { getResource } from "./resources/get.ts";
import { listTeamResources } from "./resources/list.ts";
import { pauseTeamResource, resumeTeamResource } from "./resources/pause.ts";
import { rotateResource } from "./resources/rotate.ts";
import { pricing } from "./site/pricing.ts";
import { refreshStorage } from "./storage/credentials.ts";
import { presign } from "./storage/presign.ts";
import { getCapabilities } from "./usage/capabilities.ts";
import { getUsage } from "./usage/usage.ts";
import { brevoEvent } from "./webhooks/brevo.ts";
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
  listTeamResources,
  getResource,
  getCredentials,
  getVariables,
  rotateResource,
  pauseTeamResource,
  resumeTeamResource,
  removeResource,
  confirmAttachedResource,
  claimPreview,
  claimPreviewByBody,
  claim,
  claimPage,
  claimForm,
  startClaim,
  emailStart,
  emailCallback,
  useEmailLink,
  logout,
  me,
  whoami,
  cliBegin,
  cliPoll,
  cliComplete,
  cliPage,
  cliForm,
  loginPage,
  loginForm,
  logoutForm,
  createKey,
  listKeys,
  revokeKey,
  auditJson,
  auditTable,
  getUsage,
  resourcesPage,
  newResourcePage,
  newResourceForm,
  resourceDetails,
  connectionForm,
  rotateForm,
  pauseForm,
  resumeForm,
  deleteForm,
  confirmForm,
  requestsTail,
  usagePage,
  apiKeysPage,
  newApiKeyForm,
  revokeApiKeyForm,
  auditPage,
  brevoEvent,
  devMailbox,
  health,
  live,
  readiness,
  getCapabilities,
  tokenKeys,
  jobKeys,
  openapiJson,
  reference,
  idempotency,
  docsFile,
  pricing,
  takeReport,
  root,
];
