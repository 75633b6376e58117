/** A resource found by its token: what the routes about one resource begin with. */
import { z } from "zod";
import { tierSchema } from "../../contract/plans.ts";
import { type PlatformDatabase, sql } from "./database.ts";
import { resourceColumns } from "./resource-columns.ts";

const foundSchema = z.object({
  ...resourceColumns,
  status: z.enum(["active", "dropping", "abandoned"]),
  generation: z.number(),
  fingerprint: z.string().nullable(),
  /** Names the Durable Object that keeps its stored answers. */
  admission_scope: z.string().nullable(),
  grant_sealed: z.string().nullable(),
  /** How often its credentials were changed; `rotate_generation` is set while a change is under way. */
  rotation: z.number(),
  rotate_generation: z.number().nullable(),
});
/** A row whose token still leads to it. One that is dropped has lost its token: it is found no more. */
export type FoundResource = z.infer<typeof foundSchema>;

const COLUMNS = sql`id, kind, status, generation, tier, env, name, team_id, attached_provisionally, fingerprint, admission_scope, token_sealed,
  grant_sealed, rotation, rotate_generation, storage_bytes::float8 AS storage_bytes, access, access_reason, paused_at, created_at, expires_at`;

/** @throws DatabaseError */
export async function findByToken(db: PlatformDatabase, tokenHash: string): Promise<FoundResource | null> {
  const rows = await db.query(sql`SELECT ${COLUMNS} FROM resources WHERE token_hash = ${tokenHash}`);
  return z.array(foundSchema).parse(rows)[0] ?? null;
}

/** A living resource of a team, by its id. @throws DatabaseError */
export async function findById(db: PlatformDatabase, { id, teamId }: { id: string; teamId: string }): Promise<FoundResource | null> {
  const rows = await db.query(
    sql`SELECT ${COLUMNS} FROM resources WHERE id = ${id}::uuid AND team_id = ${teamId}::uuid AND status = 'active'`,
  );
  return z.array(foundSchema).parse(rows)[0] ?? null;
}

const leaseSchema = z.object({
  status: z.enum(["active", "dropping", "abandoned", "dropped"]),
  tier: tierSchema.nullable(),
  expires_at: z.coerce.date().nullable(),
  generation: z.number(),
  paused_at: z.coerce.date().nullable(),
});

/** The tier and the lease of a resource, by its id; null without a row. @throws DatabaseError */
export async function findLeaseOf(db: PlatformDatabase, id: string): Promise<z.infer<typeof leaseSchema> | null> {
  const rows = await db.query(sql`SELECT status, tier, expires_at, generation, paused_at FROM resources WHERE id = ${id}`);
  return z.array(leaseSchema).parse(rows)[0] ?? null;
}

/** The sealed token of a living resource of a team, by its id; null for everything else. @throws DatabaseError */
export async function findTokenOf(db: PlatformDatabase, { id, teamId }: { id: string; teamId: string }): Promise<string | null> {
  const rows = await db.query(sql`
    SELECT token_sealed FROM resources WHERE id = ${id}::uuid AND team_id = ${teamId}::uuid AND status = 'active'`);
  return z.array(z.object({ token_sealed: z.string() })).parse(rows)[0]?.token_sealed ?? null;
}
