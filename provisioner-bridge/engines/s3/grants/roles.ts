/**
 * A role for each tenant, made here: its policy says "this prefix only", and so does the session's. The server reads a role at every
 * request, so what a changed or deleted role no longer allows ends at once for keys that were handed out before.
 */
import { createHash } from "node:crypto";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  paginateListRoles,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { Access } from "../../../../contract/jobs.ts";
import type { Tenant } from "../../engine.ts";
import type { Clients } from "../clients.ts";
import type { ObjectStoreConfig } from "../configuration.ts";
import { statusOf } from "../errors.ts";
import { tenantPolicy, trustPolicy } from "../policy.ts";
import type { Grants } from "./grants.ts";
import { openSession } from "./session.ts";

const POLICY_NAME = "own-prefix";
const DIGEST_CHARACTERS = 16;
/** The shortest that IAM takes as a role's longest session. */
const SESSION_SECONDS_MIN = 3_600;

/** Told by their statuses: Ceph's errors of IAM are not shaped as Amazon's, and come without a name. */
const EXISTS = 409;
const GONE = 404;

const roleSchema = z.object({ Role: z.object({ Arn: z.string().min(1) }) });
const namesSchema = z.array(z.object({ RoleName: z.string().min(1) }));

export function roleGrants(clients: Clients, config: ObjectStoreConfig, principalArn: string): Grants {
  const { iam } = clients;

  async function ensure(tenant: Tenant, access: Access): Promise<string> {
    const arn = await createRole(clients, config, tenant, trustPolicy(principalArn));
    await setPolicy(roleNameOf(tenant), tenant.name, access);
    return arn;
  }

  async function setPolicy(roleName: string, name: string, access: Access): Promise<void> {
    const PolicyDocument = tenantPolicy(config.bucket, name, access);
    await iam.send(new PutRolePolicyCommand({ RoleName: roleName, PolicyName: POLICY_NAME, PolicyDocument }));
  }

  /** Ceph answers 404 when there is none. */
  const rolesOf = async (name: string): Promise<string[]> => (await unlessGone(() => listRoles(clients, pathOf(name)))) ?? [];

  return {
    ensure: async (tenant, access) => void (await ensure(tenant, access)),
    async mint(tenant, access) {
      // A role that was removed by hand is made again.
      const roleArn = (await findRole(clients, roleNameOf(tenant))) ?? (await ensure(tenant, access));
      // Ceph 16 refuses every DeleteObjects of a session that has a policy of its own; there the role's, which says the same, is enough.
      return openSession(clients, config, { roleArn, name: tenant.name, access: config.backend === "ceph" ? null : access });
    },
    async retireOthers(tenant, access) {
      await ensure(tenant, access);
      for (const roleName of await rolesOf(tenant.name)) if (roleName !== roleNameOf(tenant)) await deleteRole(clients, roleName);
    },
    async setAccess(name, access) {
      for (const roleName of await rolesOf(name)) await setPolicy(roleName, name, access);
    },
    async revoke(name) {
      for (const roleName of await rolesOf(name)) await deleteRole(clients, roleName);
    },
  };
}

const pathOf = (name: string): string => `/instanode/${name}/`;

/** Another password, another role: that is how a rotation ends old keys. The digest of 192 random bits tells nothing of them. */
function roleNameOf({ name, password }: Tenant): string {
  const digest = createHash("sha256").update(`role|${password}`).digest("hex").slice(0, DIGEST_CHARACTERS);
  // Ceph takes no underscore in the name of a role.
  return `${name.replace("_", "-")}-${digest}`;
}

async function createRole({ iam }: Clients, config: ObjectStoreConfig, tenant: Tenant, trust: string): Promise<string> {
  const RoleName = roleNameOf(tenant);
  const command = new CreateRoleCommand({
    RoleName,
    Path: pathOf(tenant.name),
    AssumeRolePolicyDocument: trust,
    MaxSessionDuration: Math.max(config.credentialsSeconds, SESSION_SECONDS_MIN),
  });
  try {
    return roleSchema.parse(await iam.send(command)).Role.Arn;
  } catch (error) {
    if (statusOf(error) !== EXISTS) throw error;
    return roleSchema.parse(await iam.send(new GetRoleCommand({ RoleName }))).Role.Arn;
  }
}

async function listRoles({ iam }: Clients, PathPrefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListRoles({ client: iam, stopOnSameToken: true }, { PathPrefix })) {
    found.push(...namesSchema.parse(page.Roles ?? []).map(({ RoleName }) => RoleName));
  }
  return found;
}

async function findRole({ iam }: Clients, RoleName: string): Promise<string | null> {
  const found = await unlessGone(() => iam.send(new GetRoleCommand({ RoleName })));
  return found === null ? null : roleSchema.parse(found).Role.Arn;
}

async function deleteRole({ iam }: Clients, RoleName: string): Promise<void> {
  await unlessGone(() => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME })));
  await unlessGone(() => iam.send(new DeleteRoleCommand({ RoleName })));
}

/** What is already gone is no error. */
async function unlessGone<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (statusOf(error) === GONE) return null;
    throw error;
  }
}
