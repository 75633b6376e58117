/** Published examples are tests: what a reader pastes into a shell works as printed, in the documentation and in our own pages. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createdSchema } from "../support/answers.ts";
import { runnableBlocks } from "../support/markdown.ts";
import { api, stack } from "../support/shared-stack.ts";
import { missingPrograms, runShell } from "../support/shell.ts";

const run = (script: string, options: { shell?: "bash" | "sh"; strict?: boolean } = {}) =>
  runShell(script, { apiUrl: stack.apiUrl, ...options });

// test/setup/programs.ts installs curl, jq and redis-cli on a fresh machine; psql comes with the stack.
it("has the programs its examples use", () => {
  expect(missingPrograms(["bash", "curl", "jq", "psql", "redis-cli"]), "install them, e.g. with apt-get").toEqual([]);
});

/** The product documentation, letter for letter. */
const FIRST_CURL = `curl -X POST https://api.instanode.dev/db/new \\
-H "Content-Type: application/json" \\
-d '{"name":"prod-db"}'`;
const CLAIM_FLOW = `RESP=$(curl -X POST https://api.instanode.dev/db/new \\
-H "Content-Type: application/json" \\
-d '{"name":"prod-db"}')
JWT=$(echo $RESP | jq -r .upgrade_jwt)
curl "https://api.instanode.dev/claim/preview?t=$JWT"`;

describe("the documentation", () => {
  it.each(["bash", "sh"] as const)("its first curl, pasted into %s, answers a database", async (shell) => {
    const { stdout, exitCode } = await run(FIRST_CURL, { shell });
    expect(exitCode).toBe(0);
    expect(createdSchema.parse(JSON.parse(stdout))).toMatchObject({ name: "prod-db", tier: "anonymous" });
  });

  it("the name rule: omitted is name_required, wrong is invalid_name", async () => {
    for (const [body, error] of [
      ["{}", "name_required"],
      ['{"name":""}', "name_required"],
      ['{"name":"-prod"}', "invalid_name"],
      [`{"name":"${"x".repeat(65)}"}`, "invalid_name"],
    ] as const) {
      const { stdout } = await run(
        `curl -X POST https://api.instanode.dev/db/new -H "Content-Type: application/json" -d '${body}' -w '\\n%{http_code}'`,
      );
      const [answer = "", status] = stdout.split("\n");
      expect([status, JSON.parse(answer).error]).toEqual(["400", error]);
    }
  });

  it.each(["bash", "sh"] as const)("the claim flow up to its preview, in %s", async (shell) => {
    const { stdout, exitCode } = await run(CLAIM_FLOW, { shell });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      token_valid: true,
      items: expect.arrayContaining([expect.objectContaining({ subject: true, name: "prod-db" })]),
    });
  });
});

/** What the issue and the documentation promise of a new database, in the words a user would type. */
const SETUP = "create extension if not exists vector; create table items (id bigserial primary key, embedding vector(3));";
const INDEX = "create index on items using hnsw (embedding vector_l2_ops);";
const ROWS = "insert into items (embedding) select array[i, i, i]::vector from generate_series(1, 100) i;";
const NEAREST = "select id from items order by embedding <-> '[41.9, 42.1, 42]' limit 1";

describe("the database", () => {
  it("takes psql with pgvector, a table, an HNSW index and a vector query", async () => {
    const script = `${FIRST_CURL.replace("curl", "connection_url=$(curl -s")} | jq -r .connection_url)
psql -v ON_ERROR_STOP=1 -qAt "$connection_url" -c "${SETUP}" -c "${INDEX}" -c "${ROWS}" -c "${NEAREST}"`;
    const { stdout, stderr, exitCode } = await run(script);
    expect([exitCode, stdout], stderr).toEqual([0, "42"]);
  });

  it("takes a driver in the very moment of the answer", async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const { connection_url } = await api.create();
      const client = new pg.Client({ connectionString: connection_url });
      await client.connect();
      for (const statement of [SETUP, INDEX, ROWS]) await client.query(statement);
      await client.query("set enable_seqscan = off");
      const plan = await client.query(`explain ${NEAREST}`);
      expect(JSON.stringify(plan.rows)).toContain("Index Scan using items_embedding_idx");
      expect((await client.query(NEAREST)).rows).toEqual([{ id: "42" }]);
      await client.end();
    }
  });
});

describe("our own pages", () => {
  const blocks = runnableBlocks();

  it("have runnable blocks at all", () => {
    expect(blocks.filter(({ file }) => file === "README.md").length).toBeGreaterThan(2);
  });

  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))("%s runs", async (_where, { script }) => {
    const { exitCode, stdout, stderr } = await run(script, { strict: true });
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).not.toMatch(/^null$/m);
  });

  it("show one id for one key", async () => {
    const block = blocks.find(({ script }) => script.includes("Idempotency-Key"));
    const { stdout } = await run(block?.script ?? "", { strict: true });
    const [first, second] = stdout.split("\n");
    expect(z.uuid().parse(first)).toBe(second);
  });
});

describe("the API's own pages", () => {
  const textOf = (html: string) =>
    html.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

  it("/docs/idempotency: its example, run twice with one key, is replayed", async () => {
    const { text } = await api.call("GET", "/docs/idempotency");
    const [, example = ""] = /<pre[^>]*>([\s\S]*?)<\/pre>/.exec(text) ?? [];
    const [key = "", ...curl] = textOf(example.replaceAll(/<\/?code[^>]*>/g, "")).split("\n");
    const again = curl.join("\n").replace("curl", "curl -si");
    const { stdout, exitCode, stderr } = await run([key, curl.join("\n"), "echo", again].join("\n"), { strict: true });
    expect(exitCode, stderr).toBe(0);
    const [first = "", replay = ""] = stdout.split(/\n(?=HTTP)/);
    expect(replay).toMatch(/^X-Idempotent-Replay: true\r?$/im);
    expect(replay.endsWith(first.trim())).toBe(true);
  });

  it("/: its curl makes a database", async () => {
    const { body } = await api.call("GET", "/");
    const { stdout } = await run(z.object({ try: z.string() }).parse(body).try);
    expect(createdSchema.parse(JSON.parse(stdout)).name).toBe("prod-db");
  });
});

describe("examples/", () => {
  const folder = fileURLToPath(new URL("../../examples", import.meta.url));
  const PROGRAMS: Record<string, string> = { sh: "bash", mjs: process.execPath, py: "python3" };
  // The folder `deploy` holds apps, which are deployed and not run.
  const files = readdirSync(folder).filter((name) => !name.endsWith(".md") && name !== "deploy");

  it.each(files)("%s runs", async (name) => {
    const program = PROGRAMS[name.split(".").at(-1) ?? ""] ?? "no program for this kind of file";
    // Python is no part of a fresh machine; wherever it is, its example runs.
    if (program === "python3" && missingPrograms([program]).length > 0) return console.warn(`no ${program} here: ${name} was not run`);
    const { exitCode, stdout, stderr } = await run(`"${program}" "${join(folder, name)}"`);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).not.toBe("");
  });
});
