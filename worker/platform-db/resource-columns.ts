/** The columns that say what a living resource is, as its owner may see it: one description for the look-up and the list. */
import { z } from "zod";
import { CUT_REASONS } from "../../contract/access.ts";
import { accessSchema } from "../../contract/jobs.ts";
import { resourceKindSchema } from "../../contract/kinds.ts";
import { tierSchema } from "../../contract/plans.ts";

export const resourceColumns = {
  id: z.string(),
  kind: resourceKindSchema,
  tier: tierSchema,
  env: z.string(),
  name: z.string(),
  team_id: z.string().nullable(),
  /** It came along with a neighbour's claim: its own upgrade JWT still opens it, the team does not. */
  attached_provisionally: z.boolean(),
  token_sealed: z.string(),
  /** Null until it was measured once. */
  storage_bytes: z.number().nullable(),
  access: accessSchema,
  access_reason: z.enum(CUT_REASONS).nullable(),
  /** Its team has suspended it. */
  paused_at: z.coerce.date().nullable(),
  created_at: z.coerce.date(),
  expires_at: z.coerce.date().nullable(),
};
/** What the description of a resource is made from. */
export type DescribedResource = z.infer<z.ZodObject<typeof resourceColumns>>;
