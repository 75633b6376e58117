/**
 * The queue of operations. One operation of a service runs at a time, in the order of arrival, which is that of their generations. Builds
 * also need a free place: they start first come first served within a team, and in turn between teams, counting what a team has running.
 */
import { z } from "zod";
import type { Query } from "./database.ts";

const claimedSchema = z.object({
  operation_id: z.uuid(),
  service_id: z.uuid(),
  plan: z.string(),
  step: z.string().nullable(),
  undo_step: z.string().nullable(),
  attempts: z.number().int(),
  failure: z.unknown(),
  /** False when its service is to be deleted: it need not reach its goal. */
  is_wanted: z.boolean(),
});
export type ClaimedOperation = z.infer<typeof claimedSchema>;

/** For the opening of a transaction that changes the queue: one at a time in each registry. */
export const QUEUE_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('instanode.operations', 2))";

/** `place`: 1 for the operation of its service that runs or starts first. `turn`: lower numbers build first. */
const QUEUE = `
  opened AS (
    SELECT *, row_number() OVER (PARTITION BY service_id ORDER BY number) AS place
    FROM operations WHERE bridge = $1 AND state IN ('queued', 'running')
  ),
  busy AS (SELECT team_id, count(*) AS builds FROM opened WHERE state = 'running' AND is_building GROUP BY team_id),
  queue AS (
    SELECT operation_id, service_id, verb, number, is_building, place,
           coalesce(builds, 0) + row_number() OVER (PARTITION BY team_id, is_building ORDER BY number) AS turn
    FROM opened LEFT JOIN busy USING (team_id) WHERE state = 'queued'
  )`;

/** One that is to be deleted is only ended. */
const MAY_DEPLOY = "($8 OR service_id IN (SELECT service_id FROM services WHERE wanted = 'deleted'))";

export type Claim = {
  bridge: string;
  /** How many operations may build at once. */
  builds: number;
  /** At most this many are claimed. */
  limit: number;
  holder: string;
  at: Date;
  leaseUntil: Date;
  /** Operations that this process still runs. */
  except: readonly string[];
  /** False: deploys wait. */
  deploys: boolean;
};

/** Takes operations that may start, and those whose holder is gone. Needs QUEUE_LOCK. */
export async function claimOperations(query: Query, claim: Claim): Promise<ClaimedOperation[]> {
  const { rows } = await query.query(
    `WITH ${QUEUE},
     chosen AS (
       SELECT operation_id FROM opened WHERE state = 'running' AND (holder IS NULL OR lease_until < $5) AND (verb <> 'deploy' OR ${MAY_DEPLOY})
       UNION ALL
       SELECT operation_id FROM queue WHERE place = 1 AND NOT is_building AND (verb <> 'deploy' OR ${MAY_DEPLOY})
       UNION ALL
       (SELECT operation_id FROM queue WHERE place = 1 AND is_building AND ${MAY_DEPLOY} ORDER BY turn, number
        LIMIT greatest(0, $2 - (SELECT count(*) FROM opened WHERE state = 'running' AND is_building)))
     )
     UPDATE operations SET state = 'running', holder = $4, lease_until = $6, queue_position = NULL,
            seq = seq + CASE state WHEN 'queued' THEN 1 ELSE 0 END
     WHERE operation_id IN (SELECT operation_id FROM chosen WHERE operation_id <> ALL($7::uuid[]) LIMIT $3)
     RETURNING operation_id, service_id, plan, step, undo_step, attempts, failure,
       (verb = 'delete' OR NOT EXISTS (SELECT FROM services s WHERE s.service_id = operations.service_id AND s.wanted = 'deleted'))
         AS is_wanted`,
    [claim.bridge, claim.builds, claim.limit, claim.holder, claim.at, claim.leaseUntil, claim.except, claim.deploys],
  );
  return z.array(claimedSchema).parse(rows);
}

/** Writes how many operations start before each one that waits. Needs QUEUE_LOCK. */
export async function arrangeQueue(query: Query, bridge: string): Promise<void> {
  await query.query(
    `WITH ${QUEUE},
     positions AS (
       SELECT operation_id, CASE WHEN is_building THEN row_number() OVER (PARTITION BY is_building ORDER BY turn, number)
                                 ELSE row_number() OVER (PARTITION BY service_id ORDER BY number) END - 1 AS position
       FROM queue
     )
     UPDATE operations SET queue_position = position, seq = seq + 1
     FROM positions WHERE positions.operation_id = operations.operation_id AND queue_position IS DISTINCT FROM position`,
    [bridge],
  );
}
