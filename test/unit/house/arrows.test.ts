import { describe, expect, test } from "vitest";
import { checkHouse } from "../../../scripts/check-house.ts";
import { fixtureTree } from "./fixture-tree.ts";

const DURABLE_OBJECT = `import { Fingerprint } from "../../durable-objects/fingerprint.ts";`;

const FORBIDDEN: readonly [why: string, file: string, source: string, message: string][] = [
  ["contract imports the worker", "contract/a.ts", `import { x } from "../worker/x.ts";`, "contract may not import worker/x.ts"],
  ["contract uses a package", "contract/a.ts", `import { Hono } from "hono";`, "contract may not use the package hono"],
  ["contract imports a type", "contract/a.ts", `import type { X } from "../dev/x.ts";`, "contract may not import dev/x.ts"],
  ["objects import the worker", "durable-objects/a.ts", `export * from "../worker/x.ts";`, "durable-objects may not import worker/x.ts"],
  ["objects import the bridge", "durable-objects/a.ts", `import "../provisioner-bridge/x.ts";`, "may not import provisioner-bridge/x.ts"],
  [
    "bridge imports the worker",
    "provisioner-bridge/jobs/a.ts",
    `import type { X } from "../../worker/x.ts";`,
    "may not import worker/x.ts",
  ],
  [
    "bridge imports objects",
    "provisioner-bridge/a.ts",
    `const x = import("../durable-objects/x.ts");`,
    "may not import durable-objects/x.ts",
  ],
  [
    "worker imports the bridge",
    "worker/ports/a.ts",
    `import type { X } from "../../provisioner-bridge/x.ts";`,
    "may not import provisioner-bridge",
  ],
  ["worker imports an object's code", "worker/ports/a.ts", DURABLE_OBJECT, "with `import type` only"],
  ["worker imports an inline type", "worker/a.ts", `import { type F } from "../durable-objects/f.ts";`, "with `import type` only"],
  ["worker imports a test", "worker/a.ts", `import { x } from "../test/x.ts";`, "worker may not import test/x.ts"],
  ["route knows the SQL", "worker/routes/db/a.ts", `import { x } from "../../platform-db/x.ts";`, "may not import worker/platform-db/x.ts"],
  [
    "route knows a table's type",
    "worker/routes/a.ts",
    `import type { X } from "../platform-db/x.ts";`,
    "may not import worker/platform-db/x.ts",
  ],
  ["route knows an adapter", "worker/routes/a.ts", `import { x } from "../ports/bridge.ts";`, "with `import type` only"],
  ["route knows an object", "worker/routes/a.ts", DURABLE_OBJECT, "worker/routes may not import durable-objects/fingerprint.ts"],
  ["middleware knows an adapter", "worker/middleware/a.ts", `import { x } from "../ports/clock.ts";`, "with `import type` only"],
  ["middleware knows the SQL", "worker/middleware/a.ts", `import { x } from "../platform-db/x.ts";`, "may not import worker/platform-db"],
  ["service speaks HTTP", "worker/services/provision/a.ts", `import type { Context } from "hono";`, "may not use the package hono"],
  [
    "service uses a hono submodule",
    "worker/services/a.ts",
    `import { HTTPException } from "hono/http-exception";`,
    "may not use the package hono",
  ],
  ["service knows a route", "worker/services/a.ts", `import { x } from "../routes/x.ts";`, "may not import worker/routes/x.ts"],
  ["a port knows a verb", "worker/ports/a.ts", `import { x } from "../services/x.ts";`, "may not import worker/services/x.ts"],
  ["the SQL knows a verb", "worker/platform-db/a.ts", `import { x } from "../services/x.ts";`, "may not import worker/services/x.ts"],
  ["a type in a type", "worker/routes/a.ts", `export type X = import("../platform-db/x.ts").X;`, "may not import worker/platform-db/x.ts"],
  ["an import that nobody can judge", "contract/a.ts", "const x = (name) => import(name);", "cannot be judged"],
  ["SQL in a route", "worker/routes/a.ts", "const q = sql`SELECT id FROM resources WHERE id = 1`;", "SQL does not belong in worker/routes"],
  [
    "SQL in a service",
    "worker/services/a.ts",
    `const q = "insert into resources (id) values ($1)";`,
    "SQL does not belong in worker/services",
  ],
  ["SQL in a cron job", "worker/cron/a.ts", "const q = `\n  UPDATE resources SET status = 'dropping'`;", "SQL does not belong in worker"],
  ["a file that does not parse", "worker/a.ts", "const = ;", "does not parse"],
];

describe("an arrow the house forbids is reported", () => {
  test.each(FORBIDDEN)("%s", (_why, file, source, message) => {
    const problems = checkHouse(fixtureTree({ [file]: `// one line before\n${source}\n` }));
    expect(problems.map((problem) => problem.file)).toContain(file);
    expect(problems.map((problem) => problem.message).join("\n")).toContain(message);
  });

  test("the line is the one of the import", () => {
    const [problem] = checkHouse(fixtureTree({ "contract/a.ts": `\n\nimport "../worker/x.ts";\n` }));
    expect(problem).toMatchObject({ file: "contract/a.ts", line: 3 });
  });
});

describe("an arrow the house allows is not reported", () => {
  test.each([
    ["everyone imports the contract", "worker/routes/a.ts", `import { x } from "../../contract/names.ts";`],
    ["contract uses zod", "contract/a.ts", `import { z } from "zod";`],
    ["a port knows an object's type", "worker/ports/a.ts", `import type { F } from "../../durable-objects/fingerprint.ts";`],
    ["the entry exports the objects", "worker/index.ts", `export { Fingerprint } from "../durable-objects/fingerprint.ts";`],
    ["a route calls a verb", "worker/routes/a.ts", `import { create } from "../services/provision/create.ts";`],
    ["a service uses SQL's functions", "worker/services/a.ts", `import { insert } from "../platform-db/resources.ts";`],
    ["a service uses a port", "worker/services/a.ts", `import type { Bridge } from "../ports/bridge.ts";`],
    ["an object writes SQL", "durable-objects/tables.ts", "sql.exec(`SELECT 1 FROM jobs`);"],
    [
      "words that only begin like SQL",
      "worker/routes/a.ts",
      `const text = "Selected text; update your plan; with a token as Bearer; create one";`,
    ],
  ])("%s", (_why, file, source) => {
    expect(checkHouse(fixtureTree({ [file]: source }))).toEqual([]);
  });
});

test("the house as it stands keeps its arrows", () => {
  expect(checkHouse(".")).toEqual([]);
});
