/** `/openapi.json` is valid OpenAPI 3.1, true to what is served, and enough for an agent that reads nothing else. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectEnvelope } from "../support/answers.ts";
import { complaintsAbout, documentSchema, examplesOf, operationsOf, schemaChecker } from "../support/openapi.ts";
import { api } from "../support/shared-stack.ts";

const COMMITTED = new URL("../../assets/openapi.json", import.meta.url);
const written = readFileSync(COMMITTED, "utf8");
const document = documentSchema.parse(JSON.parse(written));
const operations = operationsOf(document);

/** What a request of each route needs, beside its path. */
const BODIES: Record<string, unknown> = {
  "/db/new": { name: "prod-db" },
  "/vector/new": { name: "embeddings" },
  "/webhook/new": { name: "github-webhook" },
  "/nosql/new": { name: "events-store" },
};

/** They need nothing of a request; or answer a person, in pages. */
const NEVER_REFUSED = ["/auth/logout", "/auth/cli", "/auth/email/callback"];

describe("the document", () => {
  it("is served as it is committed", async () => {
    const answer = await api.call("GET", "/openapi.json");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.text).toBe(written);
  });

  it("is valid OpenAPI 3.1", async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await complaintsAbout(JSON.parse(written))).toBeNull();
  });

  it("has examples that fit their schemas", () => {
    const fits = schemaChecker(document);
    const examples = examplesOf(document);
    expect(examples.length).toBeGreaterThan(20);
    const misfits = examples.flatMap(({ where, schema, value }) => {
      const complaint = fits(schema, value);
      return complaint === null ? [] : [`${where}: ${complaint}`];
    });
    expect(misfits).toEqual([]);
  });

  it("has operations with names of their own", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("explains the claim flow where an agent looks for it", () => {
    const { description } = document.components.securitySchemes.bearerAuth;
    for (const word of ["upgrade_jwt", "/claim/preview", "POST /claim", "/api/v1/whoami", "/api/v1/auth/api-keys"])
      expect(description).toContain(word);
  });

  it("says which endpoints take anonymous callers", () => {
    // How to deploy is open; a deploy is not.
    const rules: [RegExp, unknown][] = [
      [/^POST \/deploy\/new$/, [{ bearerAuth: [] }]],
      [/^GET \/deploy\/new$/, []],
      [/\/new$|^POST \/auth\/logout$/, [{}, { bearerAuth: [] }]],
      [/^\w+ \/api\/v1\/(?!webhooks|capabilities)|\/replay$|^\w+ \/auth\/me$|\/complete$/, [{ bearerAuth: [] }]],
      [/\/presign$/, [{}, { resourceAuth: [] }, { bearerAuth: [] }]],
      [/^\w+ \/(?:api\/v1\/webhooks|storage)\//, [{ resourceAuth: [] }, { bearerAuth: [] }]],
      [/^/, []],
    ];
    for (const { method, path, security } of operations) {
      const name = `${method} ${path}`;
      expect(security, name).toEqual(rules.find(([names]) => names.test(name))?.[1]);
    }
  });
});

describe("each documented route", () => {
  const fits = schemaChecker(document);

  it.each(operations.map((operation) => [operation.method, operation.path, operation] as const))(
    "%s %s answers as it says",
    async (method, path, operation) => {
      const answer = await api.call(method, path, { body: BODIES[path] });
      expect(answer.status).toBeLessThan(500);
      const documented = operation.responses[String(answer.status)];
      expect(documented, `${answer.status} ${answer.text}`).toBeDefined();
      const [type] = (answer.headers.get("content-type") ?? "").split(";");
      const media = documented?.content?.[type ?? ""];
      if (documented?.content) expect(media, `${type}`).toBeDefined();
      if (type === "application/json") expect(fits(media?.schema ?? {}, answer.body)).toBeNull();
    },
  );

  it.each(operations.filter(({ method, path }) => method === "POST" && !NEVER_REFUSED.includes(path)).map(({ path }) => [path]))(
    "POST %s refuses with a documented envelope",
    async (path) => {
      const answer = await api.call("POST", path, { body: {} });
      const { error } = expectEnvelope(answer);
      const media = operations.find((operation) => operation.path === path && operation.method === "POST")?.responses[String(answer.status)]
        ?.content?.["application/json"];
      expect(Object.keys(media?.examples ?? {})).toContain(error);
      expect(fits(media?.schema ?? {}, answer.body)).toBeNull();
    },
  );
});
