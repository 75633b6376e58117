/** From inside a container's network, every resource answers at its internal address, and nothing else of the stack does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createdFields } from "../support/answers.ts";
import { type Api, apiOf } from "../support/api.ts";
import { freshCaller } from "../support/callers.ts";
import { makeNetworkNamespace, type NetworkNamespace } from "../support/network-namespace.ts";
import { startTestStack, type TestStack } from "../support/stack.ts";

const NAMESPACE = 71;
const urls = z.looseObject({ ...createdFields, connection_url: z.string(), internal_url: z.string() });
const cacheSchema = urls.extend({ key_prefix: z.string() });
const queueSchema = urls.extend({ subject_prefix: z.string(), credentials: z.object({ creds_file: z.string() }) });
const storageSchema = z.looseObject({
  internal_endpoint: z.string(),
  prefix: z.string(),
  bucket: z.string(),
  region: z.string(),
  access_key_id: z.string(),
  secret_access_key: z.string(),
  session_token: z.string(),
});

/** Connects to each "host:port" of its arguments; prints those that accept. */
const CONNECTS = `
  const { connect } = require("node:net");
  const tries = process.argv.slice(1).map((place) => new Promise((resolve) => {
    const [host, port] = place.split(":");
    const socket = connect({ host, port: Number(port), timeout: 1500 });
    socket.on("connect", () => resolve(place)).on("error", () => resolve()).on("timeout", () => resolve());
  }));
  Promise.all(tries).then((open) => { console.log(JSON.stringify(open.filter(Boolean))); process.exit(); });`;

describe.skipIf(process.getuid?.() !== 0)("a container's network", () => {
  let stack: TestStack;
  let api: Api;
  let inside: NetworkNamespace;

  beforeAll(async () => {
    stack = await startTestStack({ deploys: true });
    api = apiOf(stack.facts);
    inside = await makeNetworkNamespace(NAMESPACE);
  });
  afterAll(async () => {
    await inside?.remove();
    await stack?.dispose();
  });

  const create = <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    api.provision(path, schema, { name: "bound", caller: freshCaller() });

  it("an app uses Postgres, Redis, MongoDB, NATS and S3 at the addresses that a create returned", async () => {
    const database = await create("/db/new", urls);
    const cache = await create("/cache/new", cacheSchema);
    const documents = await create("/nosql/new", urls);
    const queue = await create("/queue/new", queueSchema);
    const storage = await create("/storage/new", storageSchema);
    const app = inside.run(process.execPath, ["examples/deploy/bindings/server.mjs"], {
      PORT: "8080",
      DATABASE_URL: database.internal_url,
      REDIS_URL: cache.internal_url,
      REDIS_KEY_PREFIX: cache.key_prefix,
      MONGODB_URI: documents.internal_url,
      NATS_URL: queue.internal_url,
      NATS_SUBJECT_PREFIX: queue.subject_prefix,
      NATS_CREDS_CONTENT: queue.credentials.creds_file,
      S3_ENDPOINT: storage.internal_endpoint,
      S3_BUCKET: storage.bucket,
      S3_PREFIX: storage.prefix,
      AWS_REGION: storage.region,
      AWS_ACCESS_KEY_ID: storage.access_key_id,
      AWS_SECRET_ACCESS_KEY: storage.secret_access_key,
      AWS_SESSION_TOKEN: storage.session_token,
    });
    app.catch(() => undefined);
    try {
      const answer = await inside.run("curl", [
        "-s",
        "--retry",
        "50",
        "--retry-connrefused",
        "--retry-delay",
        "1",
        "http://127.0.0.1:8080/",
      ]);
      expect(JSON.parse(String(answer.stdout))).toEqual({
        ok: true,
        postgres: "postgres",
        redis: "redis",
        mongodb: "mongodb",
        nats: "nats",
        s3: "s3",
      });
    } finally {
      app.kill();
    }
  });

  it("reaches nothing else: not the platform database, the bridge, the SQL endpoint, the Worker or the ingress", async () => {
    const host = new URL((await create("/db/new", urls)).internal_url).hostname;
    const { apiUrl, bridgeUrl, sqlUrl, cronUrl, platformUrl, tenantServerUrl } = stack.facts;
    const port = (url: string): string => new URL(url).port;
    const closed = [apiUrl, bridgeUrl, sqlUrl, cronUrl, platformUrl].map(port);
    const open = `${host}:${port(tenantServerUrl)}`;
    const places = [open, ...closed.flatMap((one) => [`${host}:${one}`, `10.199.${NAMESPACE}.1:${one}`])];
    const { stdout } = await inside.run(process.execPath, ["-e", CONNECTS, ...places]);
    expect(JSON.parse(String(stdout))).toEqual([open]);
  });
});
