/** `POST /internal/bridge/reports`: reports of the provisioner bridge. Not for callers: the signature is the only credential. */
import { createRoute, z } from "@hono/zod-openapi";
import { REPORT_MAX_BYTES, REPORTS_PATH, reportAnswerSchema } from "../../../contract/reports.ts";
import { readBody } from "../../middleware/read-body.ts";
import { receiveReport } from "../../services/reports/receive.ts";
import { endpoint } from "../endpoint.ts";
import { json, refusals } from "../openapi.ts";

const route = createRoute({
  method: "post",
  path: REPORTS_PATH,
  hide: true,
  responses: { 200: json("Taken.", z.object(reportAnswerSchema.shape)), ...refusals() },
});

export const takeReport = endpoint(route, { access: "open", rate: "exempt" }, async (c) => {
  const { deps } = c.var.ctx;
  const jws = new TextDecoder().decode(await readBody(c.req.raw, REPORT_MAX_BYTES)).trim();
  await receiveReport(deps, await deps.verifyReport(jws), c.var.ctx.later);
  return c.json({ ok: true as const }, 200);
});
