/**
 * Which file may import which, checked by dependency-cruiser as part of `npm run lint`. docs/decisions/0020-import-rules.md says why this
 * tool. test/unit/structure/imports.test.ts breaks every rule once.
 */

/** A pattern for these folders and files, named from the root of the repository. */
const within = (...paths) => `^(?:${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})(?:/|$)`;
const packages = (...names) => `(?:^|/)node_modules/(?:${names.join("|")})/`;
const INSTALLED = "(?:^|/)node_modules/";
/** A module of workerd, which is no file. */
const WORKERD = "^cloudflare:";

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** Outside of packages and the runtime, `folder` imports only from `may`. */
const onlyFrom = (folder, may, comment) =>
  rule(
    `${folder}-imports`,
    comment,
    { path: within(folder) },
    { pathNot: [within(...may), INSTALLED, WORKERD], dependencyTypesNot: ["core"] },
  );

const ROUTES = within("worker/routes", "worker/middleware");
const OBJECTS = within("durable-objects");

const SIDES = [
  onlyFrom("contract", ["contract"], "The contract imports nothing but itself, zod and jose."),
  rule(
    "contract-packages",
    "The contract uses no packages but zod and jose, and nothing of a runtime.",
    { path: within("contract") },
    {
      dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-no-pkg", "npm-unknown", "unknown"],
      pathNot: packages("zod", "jose"),
    },
  ),
  onlyFrom("durable-objects", ["durable-objects", "contract"], "Durable Objects import the contract only."),
  onlyFrom("provisioner-bridge", ["provisioner-bridge", "contract", "package.json"], "The bridge meets the Worker in the contract only."),
  onlyFrom("worker", ["worker", "contract", "durable-objects", "package.json"], "The Worker meets the bridge in the contract only."),
  rule(
    "objects-by-type",
    "The Worker reaches Durable Objects through RPC: `import type` only. worker/index.ts exports the classes, which workerd finds by name.",
    { path: within("worker"), pathNot: within("worker/index.ts") },
    { path: OBJECTS, dependencyTypesNot: ["type-only"] },
  ),
  rule(
    "objects-behind-ports",
    "Only ports and the wiring know the types of Durable Objects.",
    { path: within("worker/routes", "worker/middleware", "worker/services", "worker/platform-db", "worker/pages") },
    { path: OBJECTS },
  ),
  rule(
    "routes-call-services",
    "A route or middleware has no SQL and no adapter: it calls a service.",
    { path: ROUTES },
    { path: within("worker/platform-db", "worker/cron", "worker/wiring.ts", "worker/index.ts") },
  ),
  rule(
    "ports-by-type",
    "A route or middleware gets adapters as dependencies: `import type` only.",
    { path: ROUTES },
    { path: within("worker/ports", "worker/app.ts"), dependencyTypesNot: ["type-only"] },
  ),
  rule(
    "services-without-http",
    "A service knows neither HTTP nor the database driver.",
    { path: within("worker/services") },
    { path: packages("hono", "@hono/zod-openapi", "@neondatabase/serverless") },
  ),
];

/** From the outermost layer to the innermost: a file imports from its own layer and from those after it. */
const WORKER_LAYERS = [
  ["index.ts"],
  ["app.ts", "wiring.ts"],
  ["cron", "routes"],
  ["middleware"],
  ["pages", "http.ts"],
  ["services"],
  ["mails", "kinds.ts"],
  ["kinds"],
  ["homes"],
  ["platform-db"],
  ["crypto", "client"],
  ["ports"],
  ["access.ts", "errors.ts"],
];
const BRIDGE_LAYERS = [
  ["main.ts", "print-firewall.ts"],
  ["bridge.ts"],
  ["server.ts", "http"],
  ["reconcile"],
  ["jobs"],
  ["operations"],
  ["services", "ingress"],
  ["cuts", "metering", "pool", "reports"],
  ["placement"],
  ["faults.ts", "metrics.ts", "readiness.ts"],
  ["engines"],
  ["registry"],
  ["credentials", "ports", "refusal.ts", "unavailable.ts"],
];
const layerRules = (root, layers) =>
  layers.slice(1).map((layer, index) => {
    const paths = (names) => within(...names.map((name) => `${root}/${name}`));
    return rule(
      `${root}-layers`,
      `${layers.map((names) => names.join(", ")).join(" → ")}: a layer imports only from itself and those after it.`,
      { path: paths(layer) },
      { path: paths(layers.slice(0, index + 1).flat()) },
    );
  });

const ENGINES_APART = rule(
  "engines-apart",
  "An engine does not use another engine's files: what both need stands beside their folders.",
  { path: "^provisioner-bridge/engines/([^/]+)/" },
  { path: "^provisioner-bridge/engines/[^/]+/", pathNot: "^provisioner-bridge/engines/$1/" },
);

/** Biome reports cycles of files (`noImportCycles`). */
const NO_FOLDER_CYCLE = {
  ...rule(
    "no-folder-cycle",
    "Folders must not import each other in a circle, not even types: move what both need to one of them or to a third.",
    {},
    { circular: true },
  ),
  scope: "folder",
};

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...SIDES,
    ...layerRules("worker", WORKER_LAYERS),
    ...layerRules("provisioner-bridge", BRIDGE_LAYERS),
    ENGINES_APART,
    NO_FOLDER_CYCLE,
    rule(
      "declared",
      "The package.json of this folder does not name the package among its dependencies.",
      { path: within("contract", "worker", "durable-objects", "provisioner-bridge", "dev") },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    ),
    rule("resolvable", "The file or package does not exist.", {}, { couldNotResolve: true, pathNot: WORKERD }),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: INSTALLED },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["workerd", "import", "types", "default"] },
  },
};
