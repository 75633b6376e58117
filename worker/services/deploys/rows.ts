/** The rows of an upload: a new deployment, or a new release of one. */
import type { Variables } from "../../../contract/deploys.ts";
import { PORT_DEFAULT } from "../../../contract/deploys.ts";
import { ApiError, lookupFailed } from "../../errors.ts";
import { hasOperation } from "../../platform-db/operations.ts";
import { insertService, type ServiceConfig } from "../../platform-db/service-changes.ts";
import { findService, type Service } from "../../platform-db/services.ts";
import { auditActorOf, requireAccount } from "../actor.ts";
import { changeDeployment, configOf, LIVING, requireStatus } from "./change.ts";
import type { DeployFields } from "./fields.ts";
import { planRelease } from "./release.ts";
import { openVariables, sealNotify, sealVariables } from "./secrets.ts";
import { sendOperations } from "./send.ts";
import type { Deploying } from "./upload.ts";

const DAY_MS = 86_400_000;
const APP_ID_CHARACTERS = 8;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`;

type Rows = {
  bindings: Record<string, string> | null;
  /** Called before anything is written. */
  begin: () => void;
};

/** @throws ApiError `provision_failed` when the deploy was given up in the meantime, those of the bindings; DatabaseError */
export async function insertDeployment(deploying: Deploying, { id, bindings, begin }: Rows & { id: string }): Promise<Service> {
  const { ctx, caller, fields, source } = deploying;
  const { deps } = ctx;
  const { team } = requireAccount(ctx);
  const appId = newAppId(deps.ids.bytes(APP_ID_CHARACTERS));
  const config = await configFrom(deploying, id, { before: null, variables: fields.variables ?? {}, bindings });
  const release = { serviceId: id, appId, tier: caller.tier, number: 1, config, source, imageOf: null };
  const operation = await planRelease(ctx, deps.ids.uuid(), release);
  begin();
  const { name, environment } = fields;
  const row = { id, appId, teamId: team.id, name, environment, config, source, operation };
  const isNew = await insertService(deps.database, row, auditActorOf(ctx), new Date(deps.clock.now()));
  await deps.fault("worker.deploy.after_insert", id);
  // A row that is there already is this deploy, written by an earlier attempt with the same key.
  const kept = await findService(deps.database, team.id, { id }).catch(lookupFailed);
  if (kept === null || (!isNew && kept.name !== name)) throw new ApiError("provision_failed");
  ctx.later(() => sendOperations(deps, id));
  return kept;
}

/** @throws ApiError `not_ready`, `update_failed`, those of the bindings */
export async function updateDeployment(
  deploying: Deploying,
  existing: Service,
  { operationId, bindings, begin }: Rows & { operationId: string },
): Promise<Service> {
  const { ctx, caller, fields, source } = deploying;
  const { userId } = requireAccount(ctx);
  // An earlier attempt with the same key wrote the rows, and its answer was lost.
  if (await hasOperation(ctx.deps.database, operationId).catch(lookupFailed)) return existing;
  return changeDeployment({ ctx, id: existing.id }, async (before) => {
    requireStatus(
      before,
      LIVING.filter((status) => status !== "building" && status !== "deploying"),
    );
    const variables = { ...(await openVariables(ctx.deps, before.id, before.variables_sealed)), ...fields.variables };
    const config = await configFrom(deploying, before.id, { before, variables: withoutEmpty(variables), bindings });
    const number = before.release + 1;
    const release = { serviceId: before.id, appId: before.app_id, tier: caller.tier, number, config, source, imageOf: null };
    const operation = await planRelease(ctx, operationId, release);
    begin();
    return {
      config,
      status: "building",
      whenSettled: true,
      operation,
      release: { source, imageOf: null, createdBy: userId },
      event: "building",
      action: "deployment.updated",
    };
  });
}

type Known = { before: Service | null; variables: Variables; bindings: Record<string, string> | null };

/** What was sent, over what the row holds. */
async function configFrom({ ctx, fields }: Deploying, serviceId: string, { before, variables, bindings }: Known): Promise<ServiceConfig> {
  const { deps } = ctx;
  const kept = before === null ? null : configOf(before);
  const [variablesSealed, notifySealed] = await Promise.all([
    sealVariables(deps, serviceId, withoutEmpty(variables)),
    fields.notify === null ? (kept?.notifySealed ?? null) : sealNotify(deps, serviceId, fields.notify),
  ]);
  return {
    port: fields.port ?? kept?.port ?? PORT_DEFAULT,
    variablesSealed,
    bindings: { ...kept?.bindings, ...bindings },
    isPrivate: fields.isPrivate ?? kept?.isPrivate ?? false,
    allowedIps: fields.allowedIps ?? kept?.allowedIps ?? [],
    ...lifetimeFrom(fields, kept, deps.clock.now()),
    notifySealed,
  };
}

function lifetimeFrom(
  { ttlPolicy }: DeployFields,
  kept: ServiceConfig | null,
  now: number,
): Pick<ServiceConfig, "ttlPolicy" | "expiresAt"> {
  if (ttlPolicy === null && kept !== null) return { ttlPolicy: kept.ttlPolicy, expiresAt: kept.expiresAt };
  return ttlPolicy === "auto_24h" ? { ttlPolicy, expiresAt: new Date(now + DAY_MS) } : { ttlPolicy: "permanent", expiresAt: null };
}

function withoutEmpty(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}

/** @param bytes one for each character; the small bias of the modulo does no harm to a name */
function newAppId(bytes: Uint8Array): string {
  return Array.from(bytes, (byte, index) => {
    const alphabet = index === 0 ? LETTERS : LETTERS_AND_DIGITS;
    return alphabet.charAt(byte % alphabet.length);
  }).join("");
}
