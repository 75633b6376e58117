/** What one connection is: who it says it is, and the connection to PostgreSQL that proves it. */
import type { Link } from "./postgres/link.ts";

export type Session = {
  readonly id: number;
  /** Where the client is. */
  readonly address: string;
  /** A login under way. */
  login: { name: string; db: string; link: Link } | undefined;
  /** Who it logged in as; whether that still counts: see `userOf` in dispatch.ts. */
  user: { id: string; name: string; db: string } | undefined;
  /** The tenant's own connection to its database; none for the administrator. */
  link: Link | undefined;
};
