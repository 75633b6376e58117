/** What runs when. The expressions are those of wrangler.toml's triggers; a test compares them. */
import type { Deps } from "../deps.ts";
import { askSilentOperations, expireDeployments, purgeDeployments } from "../services/deploys/cron.ts";
import { sendDueNotices } from "../services/deploys/notify.ts";
import { reportOutbox, reviveDeadJobs } from "../services/lifecycle/outbox.ts";
import { dropUnknownTenants } from "../services/lifecycle/reconcile.ts";
import { dropExpired, finishRotations, purgeHistory, purgeOldReports, resendStragglers } from "../services/lifecycle/sweep.ts";
import { purgeMailHistory, remindClaims, sendDueMails } from "../services/mail/cron.ts";

type Task = { name: string; run: (deps: Deps) => Promise<number> };

export const SCHEDULE: Record<string, Task[]> = {
  "* * * * *": [
    { name: "drop_expired", run: dropExpired },
    { name: "resend_stragglers", run: resendStragglers },
    { name: "report_outbox", run: reportOutbox },
    { name: "remind_claims", run: remindClaims },
    { name: "send_due_mails", run: sendDueMails },
    { name: "finish_rotations", run: finishRotations },
    { name: "expire_deployments", run: expireDeployments },
    { name: "ask_silent_operations", run: askSilentOperations },
    { name: "send_due_notices", run: sendDueNotices },
  ],
  "*/10 * * * *": [
    { name: "drop_unknown_tenants", run: dropUnknownTenants },
    { name: "revive_dead_jobs", run: reviveDeadJobs },
    { name: "purge_history", run: purgeHistory },
    { name: "purge_mails", run: purgeMailHistory },
    { name: "purge_deployments", run: purgeDeployments },
    { name: "purge_reports", run: purgeOldReports },
  ],
};

/** Runs every task of one expression; one that fails does not keep the others from running. @throws when any failed */
export async function runScheduled(deps: Deps, cron: string): Promise<void> {
  const failures: unknown[] = [];
  for (const { name, run } of SCHEDULE[cron] ?? []) {
    try {
      const count = await run(deps);
      deps.log.info("cron.done", { step: name, count });
    } catch (cause) {
      failures.push(cause);
      deps.log.error("cron.failed", { step: name, cause });
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `cron ${cron}: ${failures.length} task(s) failed`);
}
