import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorEnvelopeSchema } from "../../../contract/errors.ts";
import { createApp } from "../../../worker/app.ts";
import { openApiDocument } from "../../../worker/routes/document.ts";
import { ENDPOINTS } from "../../../worker/routes/endpoints.ts";
import { fakeDeps } from "./support/fake-deps.ts";

const document = openApiDocument();
const COMMITTED = join(import.meta.dirname, "../../../assets/openapi.json");

describe("openapi.json", () => {
  it("is the document of these routes (else: npm run generate)", () => {
    expect(JSON.parse(readFileSync(COMMITTED, "utf8"))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("names every route the app answers, and no other; only what is below an inbox, a person's pages and their files are left out", async () => {
    // What takes any method is documented by one of them.
    const anyMethod = new Map(
      ENDPOINTS.filter(({ takesAnyMethod }) => takesAnyMethod).map(({ route }) => [route.getRoutingPath(), route.method]),
    );
    const mounted = createApp((await fakeDeps()).deps).routes.filter(({ method, path }) => method !== "ALL" || anyMethod.has(path));
    const hidden = ENDPOINTS.filter(({ route }) => route.hide).map(({ route }) => route.getRoutingPath());
    // Every route of a deployment has two prefixes; the document shows one of them.
    const twins = new Set(
      ENDPOINTS.filter(({ route }) => !route.hide).map(({ route }) =>
        route.getRoutingPath().replace("/api/v1/deployments/:id", "/deploy/:id"),
      ),
    );
    expect(hidden.filter((path) => !/^\/dashboard(?:\/|$)/.test(path) && !(path.startsWith("/deploy/:id") && twins.has(path)))).toEqual([
      "/webhook/receive/:token/*",
      "/claim/email",
      "/auth/cli/:id/approve",
      "/login",
      "/logout",
      "/dev/mailbox",
      "/docs/:file",
      "/internal/bridge/reports",
    ]);
    const isHidden = ({ method, path }: { method: string; path: string }) =>
      ENDPOINTS.some(
        ({ route, takesAnyMethod }) =>
          route.hide && route.getRoutingPath() === path && (takesAnyMethod || route.method === method.toLowerCase()),
      );
    const answered = mounted
      .filter((route) => !isHidden(route))
      .map(({ method, path }) => `${(anyMethod.get(path) ?? method).toUpperCase()} ${templated(path)}`);
    const documented = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(answered.sort());
  });

  it("is OpenAPI 3.1 and tells the whole claim flow where agents look for it", () => {
    expect(document.openapi).toBe("3.1.0");
    const scheme = document.components?.securitySchemes?.bearerAuth as { description: string };
    for (const step of ["/db/new", "upgrade_jwt", "/claim/preview", "POST /claim", "/api/v1/auth/api-keys", "/api/v1/whoami"]) {
      expect(scheme.description).toContain(step);
    }
  });

  it("refers only to parts it has", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(0);
    const components = document.components as Record<string, Record<string, unknown>>;
    for (const [reference, kind = "", name = ""] of references) expect(components[kind]?.[name], reference).toBeDefined();
  });

  it("gives every operation an id of its own, its refusals, and only examples that are true envelopes", () => {
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item as Record<string, Operation>));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { responses } of operations) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["429", "500"]));
      for (const response of Object.values(responses)) {
        for (const example of Object.values(response.content?.["application/json"]?.examples ?? {}))
          errorEnvelopeSchema.strict().parse(example.value);
      }
    }
  });

  it("says that a create works without a credential", () => {
    const create = document.paths?.["/db/new"]?.post;
    expect(create?.security).toEqual([{}, { bearerAuth: [] }]);
    expect(Object.keys(create?.responses ?? {})).toEqual(["201", "400", "401", "402", "403", "409", "413", "415", "429", "500", "503"]);
  });
});

/** A parameter as OpenAPI writes it. */
const templated = (path: string) => path.replace(/:(\w+)/g, "{$1}");

type Operation = {
  operationId: string;
  responses: Record<string, { content?: Record<string, { examples?: Record<string, { value: unknown }> }> }>;
};
