/** Magic links, by the SHA-256 of their token only. What one is worth follows from the rows: see `magic_link_state` in migration 0003. */
import { z } from "zod";
import { type PlatformDatabase, sql } from "./database.ts";
import { mailAbout } from "./mails.ts";

export type NewLink = { tokenHash: string; mailId: string; email: string; createdAt: Date; expiresAt: Date };

/** From now on this is the link of its mail; an older one of the same mail is worth nothing any more. */
export async function keepLink(db: PlatformDatabase, link: NewLink): Promise<void> {
  await db.query(sql`
    INSERT INTO magic_links (token_hash, mail_id, email, created_at, expires_at)
    VALUES (${link.tokenHash}, ${link.mailId}, ${link.email}, ${link.createdAt}, ${link.expiresAt})`);
}

export const LINK_STATES = ["live", "used", "expired", "superseded"] as const;

const linkSchema = z.object({ state: z.enum(LINK_STATES), ...mailAbout });
export type Link = z.infer<typeof linkSchema>;

/** Changes nothing, however often it is asked. @returns null for a link that is not ours */
export async function findLink(db: PlatformDatabase, tokenHash: string, now: Date): Promise<Link | null> {
  const rows = await db.query(sql`
    SELECT magic_link_state(l, ${now}) AS state, m.kind, m.email, m.resource_id, m.fingerprint, m.team_name, m.return_to, m.rotate
    FROM magic_links l JOIN forwarder_sent m ON m.id = l.mail_id WHERE l.token_hash = ${tokenHash}`);
  return z.array(linkSchema).parse(rows)[0] ?? null;
}
