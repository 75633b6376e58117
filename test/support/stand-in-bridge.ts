/**
 * A bridge that stores no sources and builds nothing: it keeps what the Worker sends, and a test says how operations go on. Everything
 * else goes to the stack's real bridge. For tests of the Worker's side, whose operations must stop at any point.
 */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { decodeJwt, importJWK } from "jose";
import { z } from "zod";
import type { AppMetrics } from "../../contract/app-metrics.ts";
import type { Failure } from "../../contract/deploys.ts";
import { decryptionJwkSchema, type OperationPlan, type OperationStatus, openPlan } from "../../contract/operations.ts";
import {
  REPORT_AUDIENCE,
  REPORT_CONTENT_TYPE,
  REPORT_LIFETIME_MAX_SECONDS,
  REPORTS_PATH,
  type Report,
  type ServiceState,
} from "../../contract/reports.ts";
import { LOGS_PATH, SERVICE_JOBS_PATH, SOURCES_PATH, serviceJobSchema } from "../../contract/service-jobs.ts";
import { MESSAGE_ALGORITHM, privateJwkSchema, signMessage } from "../../contract/signed-message.ts";
import { BRIDGE_ID } from "../../dev/services/bridge.ts";
import { createMetricsStore } from "../../provisioner-bridge/app-metrics/store.ts";
import { systemClock } from "../../provisioner-bridge/ports/clock.ts";
import type { StackFacts } from "./stack.ts";

export type Operated = { operationId: string; serviceId: string; generation: number; plan: OperationPlan };
const secretsSchema = z.object({
  bridgeSigningKeys: z.object({ keys: z.array(privateJwkSchema) }),
  bridgeDecryptionKeys: z.object({ keys: z.array(decryptionJwkSchema) }),
});

export class StandInBridge {
  readonly operated: Operated[] = [];
  readonly sources = new Set<string>();
  /** Job texts as they came. */
  readonly jobs: string[] = [];
  /** What it says of every app. */
  metrics: AppMetrics = { minutes: createMetricsStore(systemClock).read(""), restarts: 0, limits: null };
  /** False: it answers no job about services. */
  isUp = true;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #seqs = new Map<string, number>();
  #stack: StackFacts | null = null;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  attach(stack: StackFacts): void {
    this.#stack = stack;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The newest operation of a service. */
  last(serviceId: string): Operated {
    const found = this.operated.findLast((one) => one.serviceId === serviceId);
    if (found === undefined) throw new Error("the Worker has sent no operation of this service");
    return found;
  }

  /** Reports the next status of an operation. */
  report({ operationId, serviceId }: Pick<Operated, "operationId" | "serviceId">, status: Partial<OperationStatus>): Promise<void> {
    return this.#send({ kind: "operation", body: { ...this.#status(operationId, serviceId), ...status } });
  }

  /** Reports how a running service does. */
  reportState(body: ServiceState): Promise<void> {
    return this.#send({ kind: "service", body });
  }

  async #send(content: Report): Promise<void> {
    const stack = this.#facts();
    const [jwk] = this.#secrets().bridgeSigningKeys.keys;
    if (jwk === undefined) throw new Error("the stack has no report key");
    const jws = await signMessage({
      content: { ...content },
      issuer: BRIDGE_ID,
      audience: REPORT_AUDIENCE,
      id: randomUUID(),
      lifetimeSeconds: REPORT_LIFETIME_MAX_SECONDS,
      nowMs: Date.now(),
      signer: { kid: jwk.kid, key: await importJWK(jwk, MESSAGE_ALGORITHM) },
    });
    const answer = await fetch(stack.apiUrl + REPORTS_PATH, {
      method: "POST",
      headers: { "content-type": REPORT_CONTENT_TYPE },
      body: jws,
    });
    if (!answer.ok) throw new Error(`the report was answered ${answer.status}: ${await answer.text()}`);
  }

  succeed(operation: Operated): Promise<void> {
    return this.report(operation, { state: "succeeded" });
  }

  fail(operation: Operated, failure: Partial<Failure> = {}): Promise<void> {
    return this.report(operation, { state: "failed", failure: { ...FAILURE, ...failure } });
  }

  #status(operation_id: string, service_id: string): OperationStatus {
    const seq = (this.#seqs.get(operation_id) ?? 0) + 1;
    this.#seqs.set(operation_id, seq);
    return { operation_id, service_id, seq, state: "running", step: null, queue_position: null, failure: null };
  }

  #facts(): StackFacts {
    if (this.#stack === null) throw new Error("attach() comes first");
    return this.#stack;
  }

  #secrets() {
    return secretsSchema.parse(JSON.parse(readFileSync(this.#facts().secretsFile, "utf8")));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const path = request.url ?? "";
    const send = (status: number, text: string, type = "application/json") =>
      response.writeHead(status, { "content-type": type }).end(text);
    if (path.startsWith(SOURCES_PATH)) {
      const id = path.slice(SOURCES_PATH.length + 1);
      this.sources.add(id);
      const source = { id, sha256: createHash("sha256").update(body).digest("hex"), bytes: body.byteLength, recipe: "dockerfile" };
      send(201, JSON.stringify({ ok: true, source }));
    } else if (path === SERVICE_JOBS_PATH) {
      if (!this.isUp) response.destroy();
      else send(200, JSON.stringify(await this.#job(body.toString())));
    } else if (path === LOGS_PATH) send(200, "id: 1\ndata: hello\n\ndata: [end]\n\n", "text/event-stream");
    else await this.#pass(request, body, response);
  }

  async #job(jws: string): Promise<object> {
    this.jobs.push(jws);
    const { kind, args } = decodeJwt(jws);
    const job = serviceJobSchema.parse({ kind, args });
    if (job.kind === "drop_source") {
      this.sources.delete(job.args.source_id);
      return { ok: true, state: "gone" };
    }
    if (job.kind === "check_builder") return { ok: true };
    if (job.kind === "read_metrics") return { ok: true, metrics: this.metrics };
    if (job.kind === "operations") return { ok: true, statuses: [] };
    if (job.kind !== "operate") throw new Error(`no such job is posted: ${job.kind}`);
    const { operation_id, service_id, generation, plan } = job.args;
    const keys = this.#secrets().bridgeDecryptionKeys.keys;
    this.operated.push({ operationId: operation_id, serviceId: service_id, generation, plan: await openPlan(plan, keys) });
    return { ok: true, status: { ...this.#status(operation_id, service_id), state: "queued", queue_position: 3 } };
  }

  async #pass(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const headers = {
      "content-type": request.headers["content-type"] ?? "",
      "x-request-id": String(request.headers["x-request-id"] ?? ""),
    };
    const sent = request.method === "GET" ? {} : { body };
    const answer = await fetch(this.#facts().bridgeUrl + (request.url ?? ""), { method: request.method ?? "GET", headers, ...sent });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(await answer.text());
  }
}

const FAILURE: Failure = {
  reason: "build_failed",
  event: "The build failed.",
  hint: "Read the last lines.",
  exit_code: 1,
  last_lines: "npm ERR!",
  occurred_at: "2026-12-01T00:00:00.000Z",
};
