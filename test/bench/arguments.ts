/** What the command line of `npm run bench` may say. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { ROW_NAMES } from "./goals.ts";

/** Six rounds of 50 are the 300 creates a p99 needs. */
const ROUNDS_DEFAULT = 6;
/** More would make more tenants than a local server takes. */
export const ROUNDS_MAX = 8;
const INGEST = "ingest";

const argumentsSchema = z.object({
  rounds: z.coerce.number().int().min(1).max(ROUNDS_MAX).default(ROUNDS_DEFAULT),
  only: z.enum([...ROW_NAMES, INGEST]).optional(),
  help: z.boolean().default(false),
});
export type Arguments = z.infer<typeof argumentsSchema>;

export const USAGE = `npm run bench [-- --rounds N] [--only ROW]

Starts stacks of its own (fsync on) and measures everything beside what it is held against, in turns.
--rounds N   rounds of each measurement (default ${ROUNDS_DEFAULT}); 1 is a look, and too few for a verdict
--only ROW   one row and what is measured with it; nothing is written
             ${[...ROW_NAMES, INGEST].join(" ")}
Without --only the figures and the plot are written to test/bench/results/.`;

/** @throws z.ZodError for anything unknown */
export function readArguments(): Arguments {
  const { values } = parseArgs({ options: { rounds: { type: "string" }, only: { type: "string" }, help: { type: "boolean" } } });
  return argumentsSchema.parse(values);
}
