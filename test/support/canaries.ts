/**
 * Every secret that passes between a test and the API is noted, and logs and stores are searched for it at the end.
 * A caller's address counts: it is never stored. An idempotency key does: only its hash is kept. So do the secrets a webhook's sender
 * has in its headers.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { Answer } from "./http.ts";

const SECRET_HEADERS = [
  "cf-connecting-ip",
  "idempotency-key",
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "x-auth-token",
  "x-poll-secret",
];
/** What is shorter could stand in a log by chance. */
const MIN_CHARACTERS = 12;

/** Whatever of these an answer has. */
const secretsInAnswer = z
  .object({
    token: z.string(),
    connection_url: z.url(),
    internal_url: z.url(),
    upgrade_jwt: z.string(),
    claim_url: z.url(),
    /** Of a queue, whose URLs hold no secret. */
    credentials: z.object({ nats_jwt: z.string(), nats_nkey: z.string() }),
    access_key_id: z.string(),
    secret_access_key: z.string(),
    session_token: z.string(),
    /** A presigned one. */
    url: z.url(),
  })
  .partial();

export type Canary = { what: string; value: string };
const canarySchema = z.object({ what: z.string(), value: z.string() });

/** Keeps what a request and its answer hold. One line a secret: appended whole, so test processes can share the file. */
export function noteSecrets(file: string, { headers, answer }: { headers: Record<string, string>; answer: Answer }): void {
  const sent = Object.entries(headers)
    .filter(([name]) => SECRET_HEADERS.includes(name.toLowerCase()))
    .map(([name, value]) => ({ what: `header ${name}`, value: value.replace(/^Bearer |^[A-Za-z_-]+=/, "") }));
  const received = secretsInAnswer.safeParse(answer.body);
  const canaries = [...sent, ...(received.success ? ofAnswer(received.data) : []), ...signIns(answer)].filter(
    ({ value }) => value.length >= MIN_CHARACTERS,
  );
  appendFileSync(file, canaries.map((canary) => `${JSON.stringify(canary)}\n`).join(""));
}

/** Whatever opens an account, wherever in an answer it stands: links, sessions, API keys, poll secrets. */
const SIGN_INS: Record<string, RegExp> = {
  "magic link": /callback\?t=([A-Za-z0-9_-]{43})/g,
  // Of a reminder, which is another than the create's own.
  "claim link": /\/claim\?t=([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)/g,
  "API key": /(ink_[A-Za-z0-9_-]{43})/g,
  "poll secret": /"poll_secret":"([A-Za-z0-9_-]{43})"/g,
};

function signIns({ text, headers }: Answer): Canary[] {
  const inText = Object.entries(SIGN_INS).flatMap(([what, pattern]) =>
    [...text.matchAll(pattern)].map(([, value = ""]) => ({ what, value })),
  );
  const [, session = ""] = /session=([^;]+);/.exec(headers.get("set-cookie") ?? "") ?? [];
  return [...inText, { what: "session", value: session }];
}

function ofAnswer(answer: z.infer<typeof secretsInAnswer>): Canary[] {
  const { connection_url, internal_url, claim_url, credentials, url, ...plain } = answer;
  const password = connection_url === undefined ? "" : new URL(connection_url).password;
  const whole = Object.entries(plain).map(([what, value = ""]) => ({ what, value }));
  return [
    ...whole,
    // Without a password it is an address anybody may know.
    { what: "connection_url", value: password === "" ? "" : (connection_url ?? "") },
    { what: "password", value: password },
    { what: "internal_url", value: password === "" ? "" : (internal_url ?? "") },
    { what: "nats_jwt", value: credentials?.nats_jwt ?? "" },
    { what: "nats_nkey", value: credentials?.nats_nkey ?? "" },
    { what: "claim JWT", value: claim_url === undefined ? "" : (new URL(claim_url).searchParams.get("t") ?? "") },
    { what: "signature", value: url === undefined ? "" : (new URL(url).searchParams.get("X-Amz-Signature") ?? "") },
  ];
}

/** Each secret noted so far, once. */
export function readCanaries(file: string): Canary[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return [...new Set(lines)].map((line) => canarySchema.parse(JSON.parse(line)));
}

/** Where a secret stands in the open: "password in worker.log", never the secret itself. */
export function findLeaks(canaries: readonly Canary[], places: readonly { name: string; text: string }[]): string[] {
  return places.flatMap(({ name, text }) => {
    const found = canaries.filter(({ value }) => text.includes(value)).map(({ what }) => `${what} in ${name}`);
    return [...new Set(found)];
  });
}
