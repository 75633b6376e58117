/** Stands where the Worker stands: takes a bridge's reports over HTTP, believes them as the Worker does, and answers as a test wants. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair } from "jose";
import { REPORTS_PATH } from "../../contract/reports.ts";
import { privateJwkSchema } from "../../contract/signed-message.ts";
import { createReportVerifier, type VerifiedReport } from "../../worker/crypto/reports.ts";
import { BRIDGE_ID } from "./bridge.ts";

export type ReportTaker = {
  /** What a bridge must know to report here. */
  readonly env: Record<string, string>;
  /** Those that were answered 200, in order. */
  readonly taken: VerifiedReport[];
  /** Every one that came, by id. */
  readonly ids: string[];
  /** The next ones are answered with these statuses. */
  answerWith(...statuses: number[]): void;
  close(): Promise<void>;
};

const OK = 200;
const NOT_FOUND = 404;

/** @param now the clock by which reports are in time */
export async function startReportTaker(now: () => number): Promise<ReportTaker> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { d, ...bridgeKey } = privateJwkSchema.parse({ ...(await exportJWK(privateKey)), kid: "report-key-1" });
  const verify = createReportVerifier({ bridgeId: BRIDGE_ID, bridgeReportKeys: [bridgeKey] }, { now });
  const [taken, ids, statuses]: [VerifiedReport[], string[], number[]] = [[], [], []];
  const server = createServer(async (request, response) => {
    const report = await verify(await text(request)).catch(() => null);
    if (report !== null) ids.push(report.jti);
    const status = request.url !== REPORTS_PATH || report === null ? NOT_FOUND : (statuses.shift() ?? OK);
    if (status === OK && report !== null) taken.push(report);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ ok: status === OK }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      BRIDGE_REPORT_URL: `http://127.0.0.1:${port}`,
      BRIDGE_SIGNING_KEYS: JSON.stringify({ keys: [{ ...bridgeKey, d }] }),
      BRIDGE_METERING_SECONDS: "3600",
    },
    taken,
    ids,
    answerWith: (...next) => void statuses.push(...next),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
