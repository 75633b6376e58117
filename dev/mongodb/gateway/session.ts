/** The state of one client connection: its user, and its connection to PostgreSQL, which authenticates the user. */
import type { Link } from "./postgres/link.ts";

export type Session = {
  readonly id: number;
  /** Where the client is. */
  readonly address: string;
  /** A login in progress. */
  login: { name: string; db: string; link: Link } | undefined;
  /** The user at login. `userOf` in dispatch.ts checks whether the login is still valid. */
  user: { id: string; name: string; db: string } | undefined;
  /** The tenant's own connection to its database; none for the administrator. */
  link: Link | undefined;
};
