/** A resource's variables work as they come: read by a shell, by a reader of .env files, by the clients that know their names. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { credsAuthenticator } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { claimIt, newAccount, newApiKey } from "../support/accounts.ts";
import { expectError } from "../support/answers.ts";
import { freshCaller } from "../support/callers.ts";
import { useDatabase } from "../support/mongodb.ts";
import { query, refusalOf } from "../support/postgres-client.ts";
import { commands } from "../support/redis.ts";
import { bearer } from "../support/resources.ts";
import { api, stack } from "../support/shared-stack.ts";
import { runShell } from "../support/shell.ts";

const madeSchema = z.looseObject({ id: z.uuid(), token: z.uuid(), upgrade_jwt: z.string() });
type Made = z.infer<typeof madeSchema>;
const PATHS = ["/db/new", "/vector/new", "/cache/new", "/nosql/new", "/queue/new", "/storage/new", "/webhook/new"] as const;

async function create(path: string): Promise<Made> {
  const answer = await api.call("POST", path, { body: { name: "with-env" }, caller: freshCaller() });
  expect(answer.status, answer.text).toBe(201);
  return madeSchema.parse(answer.body);
}
const ask = ({ token, upgrade_jwt }: Pick<Made, "token" | "upgrade_jwt">, search = "") =>
  api.call("GET", `/api/v1/env/${token}${search}`, { headers: bearer(upgrade_jwt) });
async function variables(made: Made): Promise<Record<string, string>> {
  const answer = await ask(made, "?format=json");
  expect([answer.status, answer.headers.get("content-type")], answer.text).toEqual([200, "application/json"]);
  return z.record(z.string(), z.string()).parse(answer.body);
}

describe.each(PATHS)("of %s", (path) => {
  it("the three formats say the same, to a real shell and to a reader of .env files", async () => {
    const made = await create(path);
    const expected = await variables(made);
    expect(Object.keys(expected).length).toBeGreaterThan(0);
    for (const name of Object.keys(expected)) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    const [file, byDefault, text] = [await ask(made, "?format=dotenv"), await ask(made), await ask(made, "?format=shell")];
    for (const answer of [file, byDefault, text]) {
      expect([answer.status, answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
        200,
        "text/plain; charset=utf-8",
        "no-store",
      ]);
    }
    expect(byDefault.text).toBe(file.text);
    expect(parseEnv(file.text)).toEqual(expected);
    for (const shell of ["sh", "bash"] as const) {
      const script = `eval "$(curl -s -f "$INSTANODE_URL/api/v1/env/${made.token}?format=shell" -H "Authorization: Bearer ${made.upgrade_jwt}")"
export -p > /dev/null; env -0 | jq -Rs 'split("\\u0000") | map(select(. != "") | capture("^(?<key>[^=]+)=(?<value>[\\\\s\\\\S]*)$")) | from_entries'`;
      const { stdout, stderr } = await runShell(script, { apiUrl: stack.apiUrl, shell });
      expect(JSON.parse(stdout), stderr).toMatchObject(expected);
    }
  });
});

describe("the names are those their clients read", () => {
  it("psql connects with nothing but them", async () => {
    const made = await create("/db/new");
    const script = `eval "$(curl -s -f "$INSTANODE_URL/api/v1/env/${made.token}?format=shell" -H "Authorization: Bearer ${made.upgrade_jwt}")"
psql -Atc 'SELECT current_database()' && psql "$DATABASE_URL" -Atc 'SELECT 1'`;
    const { stdout, stderr } = await runShell(script, { apiUrl: stack.apiUrl });
    expect(stdout, stderr).toBe(`${(await variables(made)).PGDATABASE}\n1`);
  });

  it("Redis, MongoDB and an inbox by their URLs", async () => {
    const cache = await variables(await create("/cache/new"));
    expect(await commands(cache.REDIS_URL ?? "", [["SET", `${cache.REDIS_KEY_PREFIX}a`, "1"]])).toEqual(["OK"]);
    const { MONGODB_URI = "" } = await variables(await create("/nosql/new"));
    expect(await useDatabase(MONGODB_URI)).toBe("ok");
    const { WEBHOOK_URL = "" } = await variables(await create("/webhook/new"));
    expect((await fetch(WEBHOOK_URL, { method: "POST", body: "x" })).status).toBe(200);
  });

  it("NATS by its URL and creds", async () => {
    const { NATS_URL, NATS_CREDS_CONTENT, NATS_SUBJECT_PREFIX } = await variables(await create("/queue/new"));
    const authenticator = credsAuthenticator(new TextEncoder().encode(NATS_CREDS_CONTENT));
    const connection = await connect({ servers: NATS_URL ?? "", authenticator, reconnect: false });
    connection.publish(`${NATS_SUBJECT_PREFIX}.a`);
    await connection.flush();
    await connection.close();
  });

  it("an S3 client by the variables the SDKs read themselves", async () => {
    const { AWS_ENDPOINT_URL_S3, AWS_REGION, S3_BUCKET, S3_PREFIX, ...keys } = await variables(await create("/storage/new"));
    const credentials = {
      accessKeyId: keys.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? "",
      sessionToken: keys.AWS_SESSION_TOKEN ?? "",
    };
    const s3 = new S3Client({ endpoint: AWS_ENDPOINT_URL_S3 ?? "", region: AWS_REGION ?? "", credentials, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: S3_BUCKET, Key: `${S3_PREFIX}/a`, Body: "a" }));
  });
});

it("storage keys that last stay the same", async () => {
  const made = await create("/storage/new");
  const [first, second] = [await variables(made), await variables(made)];
  expect([first.AWS_ACCESS_KEY_ID, second.AWS_ACCESS_KEY_ID]).toEqual([made.access_key_id, made.access_key_id]);
  expect(Date.parse(first.AWS_CREDENTIAL_EXPIRATION ?? "")).toBeGreaterThan(Date.now() + 600_000);
});

it("while a rotation is under way the variables hold the password that will work", async () => {
  const made = await create("/db/new");
  await query(
    stack.platformUrl,
    "UPDATE resources SET rotate_generation = generation + 1, generation = generation + 1, changed_at = now() WHERE id = $1",
    [made.id],
  );
  const { DATABASE_URL = "" } = await variables(made);
  expect(DATABASE_URL).not.toBe(made.connection_url);
  expect([await refusalOf(DATABASE_URL, "SELECT 1"), await refusalOf(String(made.connection_url), "SELECT 1")]).toEqual([null, "28P01"]);
});

describe("who may have them", () => {
  it("is who may have the credentials: holder, session, a key that may write", async () => {
    const account = await newAccount(api, { caller: freshCaller() });
    const path = `/api/v1/env/${account.created.token}`;
    expect((await api.call("GET", path, { headers: account.bearer })).status).toBe(200);
    expect((await api.call("GET", path, { headers: (await newApiKey(api, account, ["write"])).bearer })).status).toBe(200);
    expectError(await api.call("GET", path, { headers: (await newApiKey(api, account, ["read"])).bearer }), "insufficient_scope");
    // Its own JWT is worth nothing after the claim.
    expectError(await ask(account.created), "unauthorized");
    expectError(await api.call("GET", path), "unauthorized");
  });

  it("is not the team that a resource only came along to", async () => {
    const caller = freshCaller();
    const [mine, neighbours] = [await api.create({ caller }), await api.create({ caller })];
    const account = await claimIt(api, mine, { caller });
    expectError(await api.call("GET", `/api/v1/env/${neighbours.token}`, { headers: account.bearer }), "confirmation_required");
    expect((await ask(neighbours)).status).toBe(200);
  });

  it("is nobody else, byte for byte", async () => {
    const [mine, others] = [await create("/db/new"), await create("/db/new")];
    const asked = async (token: string) =>
      api.call("GET", `/api/v1/env/${token}`, { headers: { ...bearer(mine.upgrade_jwt), "X-Request-ID": "the-same" } });
    const [unknown, theirs] = [await asked(randomUUID()), await asked(others.token)];
    expectError(unknown, "not_found");
    expect(theirs.text).toBe(unknown.text);
  });

  it.each(["?format=yaml", "?format=", "?format=JSON", "?format=__proto__"])("%s is refused", async (search) => {
    expect(expectError(await ask(await create("/db/new"), search), "invalid_query").message).toContain(
      '"format" must be one of dotenv, json, shell',
    );
  });
});

it("a .env file on disk is what `node --env-file` takes", async () => {
  const made = await create("/db/new");
  const folder = mkdtempSync(join(tmpdir(), "instanode-env-"));
  try {
    const script = `curl -s -f "$INSTANODE_URL/api/v1/env/${made.token}" -H "Authorization: Bearer ${made.upgrade_jwt}" -o '${folder}/.env'
'${process.execPath}' --env-file='${folder}/.env' -p process.env.DATABASE_URL`;
    const { stdout, stderr } = await runShell(script, { apiUrl: stack.apiUrl });
    expect(stdout, stderr).toBe((await variables(made)).DATABASE_URL);
    expect(readFileSync(`${folder}/.env`, "utf8")).toMatch(/^DATABASE_URL=postgres:\/\/\S+\n/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
