/** The documentation's deploy, with apps as people write them: a tarball in, an HTTPS URL out. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { accepted, answering, askApp, decided, exampleTarball, type Item, postDeploy, tarballOf } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";
import { runShell } from "../support/shell.ts";

let account: AccountWithKey;
let folder: string;
beforeAll(async () => {
  account = await accountWithKey("pro");
  folder = mkdtempSync(join(tmpdir(), "instanode-walk-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function healthy(deploy: Parameters<typeof postDeploy>[2]): Promise<Item> {
  const { app_id } = accepted(await postDeploy(api, account.bearer, deploy));
  const item = await decided(api, account.bearer, app_id);
  expect(item, JSON.stringify(item.failure)).toMatchObject({ status: "healthy" });
  return item;
}

/** As the documentation prints it, with a key in $JWT and a tarball of the reader's own. */
const DOCUMENTED = `curl -s -X POST https://api.instanode.dev/deploy/new \\
-H "Authorization: Bearer $JWT" \\
-F "tarball=@app.tar.gz" \\
-F "name=expense-tracker" \\
-F "port=8080" \\
-F 'env_vars={"DATABASE_URL":"postgres://..."}'`;

describe("the documentation's deploy", () => {
  it("answers 202, becomes healthy, and curl gets 200 from its URL with the local root certificate", async () => {
    writeFileSync(join(folder, "app.tar.gz"), Buffer.from(await (await tarballOf(answering("expenses"))).arrayBuffer()));
    const { stdout } = await runShell(`cd ${folder}; JWT=${account.key}\n${DOCUMENTED}`, { apiUrl: stack.apiUrl });
    const { item } = JSON.parse(stdout);
    expect(item).toMatchObject({ name: "expense-tracker", port: 8080, status: "building", env: { DATABASE_URL: "***" } });
    expect(await decided(api, account.bearer, item.app_id)).toMatchObject({ status: "healthy" });
    const shown = await runShell(`curl -s --cacert ${stack.appsCaFile} ${item.url} -w ' %{http_code}'`, { apiUrl: stack.apiUrl });
    expect(shown.stdout).toBe("expenses 200");
  });
});

describe("apps as people write them", () => {
  it.each([
    ["express", "an Express app whose packages are installed in the build"],
    ["flask", "a Flask app"],
    ["static", "a static site"],
    ["node-no-dockerfile", "a Node app without Dockerfile"],
  ])("%s: %s", async (example) => {
    const { url } = await healthy({ name: example, tarball: await exampleTarball(example) });
    expect(await askApp(url, stack.appsCaFile)).toMatchObject({ status: 200 });
  });

  it("a WebSocket echo", async () => {
    const { url } = await healthy({ name: "echo", tarball: await exampleTarball("websocket-echo") });
    const { hostname, port, host } = new URL(url);
    const secured = { servername: hostname, headers: { host }, ca: readFileSync(stack.appsCaFile) };
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, [], secured);
    await once(socket, "open");
    socket.send("hello");
    const [message] = await once(socket, "message");
    expect(String(message)).toContain("hello");
    socket.terminate();
  });

  it("a bound app uses Postgres, Redis, MongoDB, NATS and S3 by their internal addresses", async () => {
    const tokens = await Promise.all(
      ["db", "cache", "nosql", "queue", "storage"].map(async (kind) => {
        const answer = await api.call("POST", `/${kind}/new`, { headers: account.bearer, body: { name: "bound" } });
        expect(answer.status, answer.text).toBe(201);
        return (answer.body as { token: string }).token;
      }),
    );
    const names = ["DATABASE_URL", "REDIS_URL", "MONGODB_URI", "NATS_URL", "S3_ENDPOINT"];
    const resource_bindings = JSON.stringify(Object.fromEntries(names.map((name, index) => [name, tokens[index]])));
    const { url } = await healthy({ name: "bound", tarball: await exampleTarball("bindings"), fields: { resource_bindings } });
    const { text } = await askApp(url, stack.appsCaFile);
    expect(JSON.parse(text)).toEqual({ ok: true, postgres: "postgres", redis: "redis", mongodb: "mongodb", nats: "nats", s3: "s3" });
  });
});
