/**
 * Operations: work on a service that takes longer than a request. The Worker writes an operation row and sends a job `operate`; the bridge
 * runs the operation as a table of steps, and reports its progress. docs/decisions/0012-operations.md.
 */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from "jose";
import { z } from "zod";
import {
  appIdSchema,
  appPortSchema,
  containerLimitsSchema,
  failureSchema,
  routeAccessSchema,
  sourceSchema,
  variablesSchema,
} from "./deploys.ts";

const service = { app_id: appIdSchema };

/** What a new container of the service needs. */
const run = {
  /** Numbers count up in one service and are never used again. */
  release: z.number().int().min(1),
  port: appPortSchema,
  /** Resolved: bindings and vault references are replaced by their values. Secret. */
  variables: variablesSchema,
  limits: containerLimitsSchema,
  access: routeAccessSchema,
};

/** What the bridge is to do. Secret: it holds variables, so it travels as a JWE. */
export const operationPlanSchema = z.discriminatedUnion("verb", [
  /** Builds `source` when it is given, else runs the image of release `image_of` again. Routes to the new release when it answers. */
  z.strictObject({
    ...service,
    ...run,
    verb: z.literal("deploy"),
    source: sourceSchema.nullable(),
    image_of: z.number().int().min(1).nullable(),
  }),
  /** Routes no longer, and stops the container. Image and network stay. */
  z.strictObject({ ...service, verb: z.literal("stop") }),
  /** Changes who may call the URL. */
  z.strictObject({ ...service, verb: z.literal("access"), access: routeAccessSchema }),
  /** Removes route, containers, images, network, sources and logs. */
  z.strictObject({ ...service, verb: z.literal("delete") }),
]);
export type OperationPlan = z.infer<typeof operationPlanSchema>;
export type OperationVerb = OperationPlan["verb"];
export type PlanOf<V extends OperationVerb> = Extract<OperationPlan, { verb: V }>;

export const OPERATION_STATES = ["queued", "running", "succeeded", "failed"] as const;
export const operationStateSchema = z.enum(OPERATION_STATES);
export type OperationState = z.infer<typeof operationStateSchema>;

/** The state of an operation, as reported and as answered to `operations`. */
export const operationStatusSchema = z.strictObject({
  operation_id: z.uuid(),
  service_id: z.uuid(),
  /** Grows with every change of this operation. A status with a lower number is ignored. */
  seq: z.number().int().min(1),
  state: operationStateSchema,
  /** The step that runs or failed; null while queued and after the end. */
  step: z.string().max(40).nullable(),
  /** How many operations start before this one; null when it runs or has ended. */
  queue_position: z.number().int().min(0).nullable(),
  failure: failureSchema.nullable(),
});
export type OperationStatus = z.infer<typeof operationStatusSchema>;

/** Steps up to and including `build` show as `building`, later ones as `deploying`. */
export const BUILDING_STEPS: readonly string[] = ["prepare", "build"];

const ENCRYPTION = { alg: "ECDH-ES", enc: "A256GCM" } as const;

const KID_CHARACTERS_MAX = 64;
/** A P-256 public key (RFC 7518) that jobs' secrets are encrypted to. */
export const encryptionJwkSchema = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  kid: z.string().min(1).max(KID_CHARACTERS_MAX),
  x: z.string().min(1),
  y: z.string().min(1),
});
export const decryptionJwkSchema = encryptionJwkSchema.extend({ d: z.string().min(1) });
export type EncryptionJwk = z.infer<typeof encryptionJwkSchema>;
export type DecryptionJwk = z.infer<typeof decryptionJwkSchema>;

/** @returns a compact JWE that only the bridge can open */
export async function sealPlan(plan: OperationPlan, key: EncryptionJwk): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(operationPlanSchema.parse(plan)));
  return new CompactEncrypt(text).setProtectedHeader({ ...ENCRYPTION, kid: key.kid }).encrypt(await importJWK(key, ENCRYPTION.alg));
}

/** @throws when no key fits, the text was changed, or it is not a plan */
export async function openPlan(jwe: string, keys: readonly DecryptionJwk[]): Promise<OperationPlan> {
  const { kid } = decodeProtectedHeader(jwe);
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined) throw new Error("the plan is encrypted to a key this bridge does not have");
  const { plaintext } = await compactDecrypt(jwe, await importJWK(key, ENCRYPTION.alg), {
    keyManagementAlgorithms: [ENCRYPTION.alg],
    contentEncryptionAlgorithms: [ENCRYPTION.enc],
  });
  return operationPlanSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
}
