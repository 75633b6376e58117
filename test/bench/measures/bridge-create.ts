/** The bridge alone: a signed job straight to it, without the Worker. Signing is not measured. */
import { randomUUID } from "node:crypto";
import { createJob, dropJob, type SignedJobs } from "../../support/signed-jobs.ts";
import { type Measure, timed } from "../measure.ts";

export function bridgeCreate(jobs: SignedJobs): Measure {
  const made: string[] = [];
  return {
    name: "the bridge's create",
    async once() {
      const id = randomUUID();
      const jws = await jobs.sign(createJob(id));
      made.push(id);
      return timed(async () => {
        const answer = await jobs.post("create", jws);
        if (!answer.ok) throw new Error(`the bridge refused: ${answer.error}`);
      });
    },
    async cleanUp() {
      for (const id of made.splice(0)) await jobs.run(dropJob(id));
    },
  };
}
