/** The documentation's deploy, with apps as people write them: a tarball in, an HTTPS URL out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountWithKey, api, stack } from "../support/apps-stack.ts";
import { accepted, decided, type Files, postDeploy, tarballOf } from "../support/deploys.ts";
import { runShell } from "../support/shell.ts";

const SERVER = `require("http").createServer((q, a) => a.end("hello from " + process.env.GREETING)).listen(process.env.PORT);`;
const PLAIN: Files = { Dockerfile: "FROM node:20\nCOPY server.js /\nCMD [\"node\", \"/server.js\"]\n", "server.js": SERVER };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "instanode-walk-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As the documentation prints it, with a key in $JWT and a tarball of the reader's own. */
const DOCUMENTED = `curl -s -X POST https://api.instanode.dev/deploy/new \\
-H "Authorization: Bearer $JWT" \\
-F "tarball=@app.tar.gz" \\
-F "name=expense-tracker" \\
-F "port=8080" \\
-F 'env_vars={"GREETING":"expenses"}'`;

describe("the documentation's deploy", () => {
  it("answers 202, becomes healthy, and its URL answers with the local root certificate", async () => {
    const { bearer, key } = await accountWithKey();
    writeFileSync(join(folder, "app.tar.gz"), Buffer.from(await (await tarballOf(PLAIN)).arrayBuffer()));
    const { stdout } = await runShell(`cd ${folder}; JWT=${key}\n${DOCUMENTED}`, { apiUrl: stack.apiUrl });
    const { item } = JSON.parse(stdout);
    expect(item).toMatchObject({ name: "expense-tracker", port: 8080, status: "building" });
    expect(await decided(api, bearer, item.app_id)).toMatchObject({ status: "healthy", failure: null });
    const shown = await runShell(`curl -s --cacert ${stack.appsCaFile} ${item.url}`, { apiUrl: stack.apiUrl });
    expect(shown.stdout).toBe("hello from expenses");
  });
});
