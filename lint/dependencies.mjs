/**
 * Which file may import which, checked by dependency-cruiser (`npm run lint`). docs/decisions/0020-import-rules.md says why this tool.
 * test/unit/structure/imports.test.ts breaks every rule once.
 */

/** A pattern for these folders and files, given from the root of the repository. */
const within = (...paths) => `^(?:${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})(?:/|$)`;
const packages = (...names) => `(?:^|/node_modules/)(?:${names.join("|")})(?:/|$)`;
const INSTALLED = "(?:^|/)node_modules/";
/** A module of the runtime, which is no file. */
const BUILT_IN = "^cloudflare:";
const TYPE_ONLY = ["type-only", "type-import"];

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

/** Files of `folder` import only from the folders and files in `may`, and packages. */
const onlyFrom = (folder, may, comment) =>
  rule(`${folder}-imports`, comment, { path: within(folder) }, { pathNot: [within(...may), INSTALLED, BUILT_IN], dependencyTypesNot: ["core"] });

/** From the outermost layer to the innermost: a file imports from its own layer and from those after it. */
const WORKER_LAYERS = [
  ["index.ts"],
  ["app.ts", "wiring.ts"],
  ["cron", "routes"],
  ["middleware"],
  ["pages", "http.ts"],
  ["services"],
  ["mails"],
  ["platform-db", "ports"],
  ["crypto"],
  ["access.ts", "errors.ts"],
];
const BRIDGE_LAYERS = [
  ["main.ts"],
  ["bridge.ts"],
  ["server.ts", "http"],
  ["reconcile"],
  ["jobs"],
  ["cuts", "metering", "pool", "reports"],
  ["faults.ts", "metrics.ts", "readiness.ts"],
  ["engines"],
  ["registry"],
  ["credentials", "ports", "log.ts", "refusal.ts"],
];

/** One rule for each layer but the outermost. `typesOf` names layers whose types every layer may use. */
const layered = (root, layers, typesOf) =>
  layers.slice(1).map((layer, index) => {
    const outer = layers.slice(0, index + 1).flat();
    const paths = (names) => within(...names.map((name) => `${root}/${name}`));
    return rule(
      `${root}-layers`,
      `The layers of ${root}, from the outside in: ${layers.map((names) => names.join(", ")).join(" → ")}. Move the code, or pass it in.`,
      { path: paths(layer) },
      { path: paths(outer), pathNot: typesOf.length === 0 ? [] : [paths(typesOf)] },
    );
  });

/** Folders whose cycles are not removed yet. */
const KNOWN_FOLDER_CYCLES = [];

const forbidden = [
  onlyFrom("contract", ["contract"], "The contract is what both sides agree on: it imports nothing but itself and zod."),
  rule("contract-packages", "The contract uses no package but zod, and nothing of Node.", { path: within("contract") }, {
    path: [INSTALLED, BUILT_IN, "^node:", "^[^/.]+$"],
    pathNot: packages("zod"),
  }),
  onlyFrom("durable-objects", ["durable-objects", "contract"], "Durable Objects know the contract only."),
  onlyFrom("provisioner-bridge", ["provisioner-bridge", "contract", "package.json"], "The bridge meets the Worker in the contract only."),
  onlyFrom("worker", ["worker", "contract", "durable-objects", "package.json"], "The Worker meets the bridge in the contract only."),
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden,
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: INSTALLED },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["workerd", "import", "types", "default"] },
    metrics: true,
  },
};
