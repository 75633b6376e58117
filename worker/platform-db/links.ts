/** Magic links, stored as the SHA-256 of their token. `magic_link_state` (migration 0003) derives the state of a link from the rows. */
import { z } from "zod";
import { type PlatformDatabase, sql } from "./database.ts";
import { mailAboutSchema } from "./mails.ts";

export type NewLink = { tokenHash: string; mailId: string; email: string; createdAt: Date; expiresAt: Date };

/** Stores the link of a mail. It supersedes an older link of the same mail. */
export async function keepLink(db: PlatformDatabase, link: NewLink): Promise<void> {
  await db.query(sql`
    INSERT INTO magic_links (token_hash, mail_id, email, created_at, expires_at)
    VALUES (${link.tokenHash}, ${link.mailId}, ${link.email}, ${link.createdAt}, ${link.expiresAt})`);
}

export const LINK_STATES = ["live", "used", "expired", "superseded"] as const;

const linkSchema = z.object({ state: z.enum(LINK_STATES), email: z.string(), about: mailAboutSchema });
export type Link = z.infer<typeof linkSchema>;

/** Changes nothing. @returns null for an unknown link */
export async function findLink(db: PlatformDatabase, tokenHash: string, now: Date): Promise<Link | null> {
  const rows = await db.query(sql`
    SELECT magic_link_state(l, ${now}) AS state, m.email, m.about
    FROM magic_links l JOIN forwarder_sent m ON m.id = l.mail_id WHERE l.token_hash = ${tokenHash}`);
  return z.array(linkSchema).parse(rows)[0] ?? null;
}
