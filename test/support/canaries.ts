/**
 * Every secret that passes between a test and the API is noted, and logs and stores are searched for it at the end.
 * A caller's address counts: it is never stored. An idempotency key does: only its hash is kept.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { Answer } from "./http.ts";

const SECRET_HEADERS = ["cf-connecting-ip", "idempotency-key", "authorization", "cookie", "x-poll-secret"];
/** What is shorter could stand in a log by chance. */
const MIN_CHARACTERS = 12;

const secretsInAnswer = z.object({
  token: z.string(),
  connection_url: z.url(),
  internal_url: z.url(),
  upgrade_jwt: z.string(),
  claim_url: z.url(),
});

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
  return [
    { what: "token", value: answer.token },
    { what: "connection_url", value: answer.connection_url },
    { what: "password", value: new URL(answer.connection_url).password },
    { what: "internal_url", value: answer.internal_url },
    { what: "upgrade_jwt", value: answer.upgrade_jwt },
    { what: "claim JWT", value: new URL(answer.claim_url).searchParams.get("t") ?? "" },
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
