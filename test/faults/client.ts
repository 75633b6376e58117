/** A caller as there are many: creates with an `Idempotency-Key` and asks again, or asks once and takes what comes. */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { KINDS, type ResourceKind } from "../../contract/kinds.ts";
import type { Credentials } from "./subjects/subject.ts";

/** Longer than the Worker may take for one create with all its own retries, and than a create's lease. */
const REQUEST_TIMEOUT_MS = 100_000;
/** A caller who was told to wait half a minute asks sooner: that is what most do. */
const PAUSE_MAX_MS = 3_000;
const PAUSE_MIN_MS = 250;

const createdSchema = z.looseObject({ ok: z.literal(true), id: z.uuid() });
const refusedSchema = z.object({ ok: z.literal(false), error: z.string(), retry_after_seconds: z.number().nullable() });

export type Caller = {
  apiUrl: string;
  kind: ResourceKind;
  /** Sent as CF-Connecting-IP: each address is a caller of its own. */
  address: string;
  name: string;
  /** Null: no `Idempotency-Key`, and no second try either. */
  key: string | null;
  /** How long it asks again; 0 is once. */
  patienceMs: number;
};

/** `credentials` is the whole answer. */
export type Created = { id: string; credentials: Credentials };
export type Answer =
  | { kind: "created"; created: Created; replayed: boolean }
  | { kind: "refused"; status: number; error: string; retryAfterSeconds: number | null }
  /** No answer came: nobody knows what became of it. */
  | { kind: "broken"; reason: string };

export type Ending = { answer: Answer; requests: number; tookMs: number };

/** Asks until it is answered 201, refused for good, or out of patience. Never throws. */
export async function create(caller: Caller): Promise<Ending> {
  const beganMs = performance.now();
  for (let requests = 1; ; requests += 1) {
    const answer = await createOnce(caller);
    const tookMs = performance.now() - beganMs;
    if (answer.kind === "created" || !isWorthAnotherTry(answer) || tookMs >= caller.patienceMs) return { answer, requests, tookMs };
    await delay(pauseMs(answer));
  }
}

/** One request. */
export async function createOnce({ apiUrl, kind, address, name, key }: Caller): Promise<Answer> {
  try {
    const response = await fetch(apiUrl + KINDS[kind].path, {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": address, ...(key === null ? {} : { "idempotency-key": key }) },
      body: JSON.stringify({ name }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return readAnswer(response.status, response.headers.get("x-idempotent-replay") === "true", await response.text());
  } catch (cause) {
    return { kind: "broken", reason: cause instanceof Error ? `${cause.message} ${String(cause.cause ?? "")}`.trim() : String(cause) };
  }
}

function readAnswer(status: number, replayed: boolean, text: string): Answer {
  const body = parseJson(text);
  const created = createdSchema.safeParse(body);
  if (status === 201 && created.success) {
    return { kind: "created", created: { id: created.data.id, credentials: created.data }, replayed };
  }
  const refused = refusedSchema.safeParse(body);
  if (!refused.success) return { kind: "refused", status, error: `not an envelope: ${text.slice(0, 200)}`, retryAfterSeconds: null };
  return { kind: "refused", status, error: refused.data.error, retryAfterSeconds: refused.data.retry_after_seconds };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isWorthAnotherTry(answer: Answer): boolean {
  if (answer.kind === "broken") return true;
  return answer.kind === "refused" && (answer.status >= 500 || answer.error === "idempotency_key_in_progress");
}

function pauseMs(answer: Answer): number {
  const asked = answer.kind === "refused" ? (answer.retryAfterSeconds ?? 0) * 1000 : 0;
  return Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, asked));
}
