/** Every endpoint of the Worker, in the order the document shows them. */
import type { Endpoint } from "../http.ts";
import { auditJson, auditTable } from "./audit/list-audit.ts";
import { cliBegin, cliComplete, cliPoll } from "./auth/cli-login.ts";
import { cliForm, cliPage } from "./auth/cli-pages.ts";
import { emailCallback, useEmailLink } from "./auth/email-callback.ts";
import { emailStart } from "./auth/email-start.ts";
import { loginForm, loginPage, logoutForm } from "./auth/login-pages.ts";
import { createKey, listKeys, revokeKey } from "./auth/manage-api-keys.ts";
import { logout, me, whoami } from "./auth/session.ts";
import { claimForm, claimPage } from "./claim/claim-pages.ts";
import { claimPreview, claimPreviewByBody } from "./claim/preview-claim.ts";
import { claim } from "./claim/send-claim-link.ts";
import { startClaim } from "./claim/start-claim.ts";
import { apiKeysPage, newApiKeyForm, revokeApiKeyForm } from "./dashboard/api-keys-page.ts";
import { auditPage } from "./dashboard/audit-page.ts";
import {
  deleteDeploymentForm,
  deploymentDetails,
  redeployForm,
  rollbackForm,
  startForm,
  stopForm,
  variableForm,
} from "./dashboard/deployment-page.ts";
import { deploymentsPage } from "./dashboard/deployments-page.ts";
import { requestsTail } from "./dashboard/requests-tail.ts";
import { confirmForm, connectionForm, deleteForm, pauseForm, resourceDetails, resumeForm, rotateForm } from "./dashboard/resource-page.ts";
import { newResourceForm, newResourcePage, resourcesPage } from "./dashboard/resources-page.ts";
import { usagePage } from "./dashboard/usage-page.ts";
import {
  changeAccess,
  changeLifetime,
  changeVariables,
  makePermanent,
  redeployRelease,
  rollBackRelease,
  startRelease,
  stopRelease,
} from "./deploys/change-deployment.ts";
import { createDeployment, howToDeploy } from "./deploys/create-deployment.ts";
import { removeDeployment } from "./deploys/delete-deployment.ts";
import { deploymentLogs } from "./deploys/deployment-logs.ts";
import { deploymentMetrics } from "./deploys/deployment-metrics.ts";
import { deploymentEvents, deploymentReleases, getDeployment, listTeamDeployments } from "./deploys/read-deployments.ts";
import { devMailbox } from "./dev/mailbox-page.ts";
import { docsFile, idempotency, reference } from "./docs/docs-pages.ts";
import { openapiJson } from "./docs/openapi-json.ts";
import { takeReport } from "./internal/take-report.ts";
import { health, live } from "./operations/health.ts";
import { jobKeys, tokenKeys } from "./operations/jwks.ts";
import { readiness } from "./operations/readyz.ts";
import { root } from "./operations/root.ts";
import { createCache } from "./provision/create-cache.ts";
import { createDatabase } from "./provision/create-database.ts";
import { createMongodb } from "./provision/create-mongodb.ts";
import { createQueue } from "./provision/create-queue.ts";
import { createStorage } from "./provision/create-storage.ts";
import { createVectorDatabase } from "./provision/create-vector-database.ts";
import { createWebhookInbox } from "./provision/create-webhook-inbox.ts";
import { confirmAttachedResource } from "./resources/confirm-resource.ts";
import { removeResource } from "./resources/delete-resource.ts";
import { getResource } from "./resources/get-resource.ts";
import { listTeamResources } from "./resources/list-resources.ts";
import { pauseTeamResource, resumeTeamResource } from "./resources/pause-resource.ts";
import { getVariables } from "./resources/resource-variables.ts";
import { getCredentials } from "./resources/reveal-credentials.ts";
import { rotateResource } from "./resources/rotate-credentials.ts";
import { pricing } from "./site/pricing-page.ts";
import { presign } from "./storage/presign-object.ts";
import { refreshStorage } from "./storage/refresh-keys.ts";
import { getCapabilities } from "./usage/get-capabilities.ts";
import { getUsage } from "./usage/get-usage.ts";
import { brevoEvent } from "./webhooks/brevo-event.ts";
import { listWebhookRequests } from "./webhooks/list-requests.ts";
import { nextWebhookRequest } from "./webhooks/next-request.ts";
import { readWebhookRequest } from "./webhooks/read-request.ts";
import { receiveWebhook, receiveWebhookBelow } from "./webhooks/receive-request.ts";
import { replayWebhookRequest } from "./webhooks/replay-request.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  createDatabase,
  createVectorDatabase,
  createQueue,
  createCache,
  createWebhookInbox,
  receiveWebhook,
  receiveWebhookBelow,
  listWebhookRequests,
  // Before the route with `{id}` in the same place.
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
  // Before the routes with `{id}` in the place of "new".
  createDeployment,
  howToDeploy,
  listTeamDeployments,
  ...getDeployment,
  ...deploymentLogs,
  ...deploymentMetrics,
  ...deploymentEvents,
  ...changeVariables,
  ...changeAccess,
  ...redeployRelease,
  ...deploymentReleases,
  ...rollBackRelease,
  ...stopRelease,
  ...startRelease,
  ...makePermanent,
  ...changeLifetime,
  ...removeDeployment,
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
  deploymentsPage,
  deploymentDetails,
  variableForm,
  redeployForm,
  rollbackForm,
  stopForm,
  startForm,
  deleteDeploymentForm,
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
