/** Rows of releases: whose image each runs, and what may exist of it. */
import { z } from "zod";
import type { Query } from "./database.ts";

const releaseRowSchema = z.object({
  release: z.number().int(),
  image_release: z.number().int(),
  source_id: z.uuid().nullable(),
  has_image: z.boolean(),
  has_container: z.boolean(),
  served_at: z.date().nullable(),
});
export type ReleaseRow = z.infer<typeof releaseRowSchema>;

/** The newest first. */
export async function readReleases(query: Query, serviceId: string): Promise<ReleaseRow[]> {
  const { rows } = await query.query("SELECT * FROM releases WHERE service_id = $1 ORDER BY release DESC", [serviceId]);
  return z.array(releaseRowSchema).parse(rows);
}

/** What may exist: releases as "<service id> <release>", and services that are not deleted. */
export type KnownParts = { containers: ReadonlySet<string>; images: ReadonlySet<string>; services: ReadonlySet<string> };

export async function readKnownParts(query: Query): Promise<KnownParts> {
  const releases = await query.query("SELECT service_id, release, has_image, has_container FROM releases");
  const services = await query.query("SELECT service_id FROM services WHERE deleted_at IS NULL");
  const rows = z
    .array(z.object({ service_id: z.uuid(), release: z.number(), has_image: z.boolean(), has_container: z.boolean() }))
    .parse(releases.rows);
  const named = (has: "has_image" | "has_container") =>
    new Set(rows.filter((row) => row[has]).map(({ service_id, release }) => `${service_id} ${release}`));
  const ids = z.array(z.object({ service_id: z.uuid() })).parse(services.rows);
  return { containers: named("has_container"), images: named("has_image"), services: new Set(ids.map(({ service_id }) => service_id)) };
}

export type NewRelease = { serviceId: string; release: number; imageOf: number | null; sourceId: string | null; at: Date };

/** Idempotent. A release that runs an earlier one's image runs the image that one runs. */
export async function insertRelease(query: Query, { serviceId, release, imageOf, sourceId, at }: NewRelease): Promise<void> {
  await query.query(
    `INSERT INTO releases (service_id, release, image_release, source_id, created_at)
     SELECT $1::uuid, $2::integer, coalesce((SELECT image_release FROM releases WHERE service_id = $1 AND release = $3), $3::integer, $2),
            coalesce($4::uuid, (SELECT source_id FROM releases WHERE service_id = $1 AND release = $3)), $5::timestamptz
     ON CONFLICT (service_id, release) DO NOTHING`,
    [serviceId, release, imageOf, sourceId, at],
  );
}

export async function noteImage(query: Query, serviceId: string, release: number, exists: boolean): Promise<void> {
  await query.query("UPDATE releases SET has_image = $3 WHERE service_id = $1 AND release = $2", [serviceId, release, exists]);
}

export async function noteContainer(query: Query, serviceId: string, release: number, exists: boolean): Promise<void> {
  await query.query("UPDATE releases SET has_container = $3 WHERE service_id = $1 AND release = $2", [serviceId, release, exists]);
}

export async function forgetRelease(query: Query, serviceId: string, release: number): Promise<void> {
  await query.query("DELETE FROM releases WHERE service_id = $1 AND release = $2", [serviceId, release]);
}
