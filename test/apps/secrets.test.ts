/** A variable's value is in its container's configuration and nowhere else: no log, no answer, no row, no image layer. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Docker from "dockerode";
import pg from "pg";
import { beforeAll, expect, it, vi } from "vitest";
import { accepted, answering, askApp, decided, type Item, postDeploy } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";
import { readLogs, readObjects } from "../support/stack.ts";

const CANARY = `canary${randomBytes(12).toString("hex")}`;
const REPLACED = `canary${randomBytes(12).toString("hex")}`;
const server = 'require("http").createServer((q, a) => a.end(process.env.SECRET)).listen(process.env.PORT)';
let account: AccountWithKey;
let app: Item;
const answers: string[] = [];

/** Each may be in a store as text, or in base64 as part of a job. */
const formsOf = (secret: string): string[] => [secret, Buffer.from(secret).toString("base64").slice(2, -4)];
const expectNone = (where: string, text: string): void => {
  for (const form of [CANARY, REPLACED].flatMap(formsOf)) expect(text.includes(form), `${where} holds a variable's value`).toBe(false);
};

beforeAll(async () => {
  account = await accountWithKey("hobby");
  const files = { ...answering(""), "server.js": server };
  const answer = await postDeploy(api, account.bearer, { name: "secret", files, fields: { env_vars: JSON.stringify({ SECRET: CANARY }) } });
  app = accepted(answer);
  answers.push(answer.text);
  expect(await decided(api, account.bearer, app.app_id)).toMatchObject({ status: "healthy" });
  const call = async (method: string, path: string, body?: unknown): Promise<void> => {
    const { text } = await api.call(method, `/deploy/${app.app_id}${path}`, {
      headers: account.bearer,
      ...(body === undefined ? {} : { body }),
    });
    answers.push(text);
  };
  await call("PATCH", "/env", { env: { SECRET: REPLACED } });
  await call("POST", "/redeploy");
  await vi.waitFor(async () => expect((await askApp(app.url, stack.appsCaFile)).text).toBe(REPLACED), { timeout: 60_000, interval: 200 });
  for (const path of ["", "/events", "/releases", "/logs?source=build"]) await call("GET", path);
});

it("the app has it", async () => {
  expect((await askApp(app.url, stack.appsCaFile)).text).toBe(REPLACED);
});

it("no answer shows it", () => {
  for (const text of answers) expectNone("an answer", text);
});

it("no log, no build log and no object of ours holds it", () => {
  for (const { name, text } of [...readLogs(stack), ...readObjects(stack)]) expectNone(name, text);
  for (const entry of readdirSync(stack.deploysDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) expectNone(entry.name, readFileSync(join(entry.parentPath, entry.name), "latin1"));
  }
});

it.each(["platform database", "registry"] as const)("no row of the %s holds it", async (which) => {
  const client = new pg.Client({ connectionString: which === "registry" ? stack.registryUrl : stack.platformUrl });
  await client.connect();
  const { rows: tables } = await client.query("SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'");
  for (const { name } of tables) {
    const { rows } = await client.query(`SELECT t::text AS text FROM ${name} t`);
    for (const { text } of rows) expectNone(name, text);
  }
  await client.end();
});

it("no image holds it, in its configuration or the commands of its layers", async () => {
  const docker = new Docker({ socketPath: join(dirname(stack.deploysDir), "containers", "engine.sock") });
  // biome-ignore lint/nursery/useAwaitThenable: the overload without a callback returns a promise.
  const images = await docker.listImages({ all: true });
  expect(images.length).toBeGreaterThan(0);
  for (const { Id } of images) {
    const image = docker.getImage(Id);
    expectNone("an image", JSON.stringify([await image.inspect(), await image.history()]));
  }
});
