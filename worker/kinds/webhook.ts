/** A webhook inbox: a public URL that stores the requests sent to it. */
import { inbox } from "../homes/inbox.ts";
import type { ServedKind } from "./kind.ts";

export const served: ServedKind = { home: inbox };
