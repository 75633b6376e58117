/** The configuration `workerd serve` reads: the built Worker, its Durable Objects on disk, its static files and the cron sidecar. */
import type { DurableObjectBinding } from "./worker-config.ts";

export interface WorkerdOptions {
  name: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  /** File names beside the configuration; the first one is the entry. */
  modules: readonly string[];
  durableObjects: readonly DurableObjectBinding[];
  durableObjectsPath: string;
  assets: { binding: string; path: string } | undefined;
  /** Names of the variables and secrets: workerd takes their values from its environment, so none stands in a file. */
  variables: readonly string[];
  /** What `PUBLIC_INTERNET` does not reach, beside private addresses. */
  deniedNetworks: readonly string[];
  /** "host:port" of the one server that `PUBLIC_INTERNET` reaches instead of any. */
  publicInternet?: string | undefined;
  host: string;
  apiPort: number;
  cronPort: number;
}

/** The language is Cap'n Proto's; the schema is workerd.capnp in the workerd package. */
export function workerdConfig(options: WorkerdOptions): string {
  const { name, host, apiPort, cronPort, durableObjectsPath, assets } = options;
  const assetsService = assets === undefined ? [] : [`(name = "assets", disk = (path = ${text(assets.path)}))`];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = ${list([
    '(name = "main", worker = .mainWorker)',
    '(name = "cron", worker = .cronWorker)',
    `(name = "objects", disk = (path = ${text(durableObjectsPath)}, writable = true))`,
    ...assetsService,
    '(name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true)))',
    publicInternetService(options),
  ])},
  sockets = ${list([
    `(name = "api", address = ${text(`${host}:${apiPort}`)}, http = (), service = "main")`,
    `(name = "cron", address = ${text(`${host}:${cronPort}`)}, http = (), service = "cron")`,
  ])},
);

const mainWorker :Workerd.Worker = (
  modules = ${list(options.modules.map(module))},
  compatibilityDate = ${text(options.compatibilityDate)},
  compatibilityFlags = ${list(options.compatibilityFlags.map(text))},
  durableObjectNamespaces = ${list(options.durableObjects.map(({ className }) => namespace(name, className)))},
  durableObjectStorage = (localDisk = "objects"),
  bindings = ${list(bindings(options))},
);

const cronWorker :Workerd.Worker = (
  modules = [(name = "cron.js", esModule = embed "cron.js")],
  compatibilityDate = ${text(options.compatibilityDate)},
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "MAIN", service = "main")],
);
`;
}

function publicInternetService({ deniedNetworks, publicInternet }: WorkerdOptions): string {
  if (publicInternet !== undefined) return `(name = "internet-public", external = (address = ${text(publicInternet)}, http = ()))`;
  const denied = deniedNetworks.map(text).join(", ");
  return `(name = "internet-public", network = (allow = ["public"], deny = [${denied}], tlsOptions = (trustBrowserCas = true)))`;
}

function bindings({ durableObjects, assets, variables }: WorkerdOptions): string[] {
  return [
    ...durableObjects.map(({ binding, className }) => `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`),
    ...(assets === undefined ? [] : [`(name = ${text(assets.binding)}, service = "assets")`]),
    // The Worker reaches its servers on this machine. URLs that callers name use a network without access to them.
    '(name = "PUBLIC_INTERNET", service = "internet-public")',
    ...variables.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
  ];
}

/** The key names the objects' files on disk: it must never change. */
const namespace = (name: string, className: string): string =>
  `(className = ${text(className)}, uniqueKey = ${text(`${name}-${className}`)}, enableSql = true)`;

const MODULE_KINDS: Record<string, string> = {
  js: "esModule",
  mjs: "esModule",
  wasm: "wasm",
  json: "json",
  txt: "text",
  html: "text",
  bin: "data",
};

function module(file: string): string {
  const kind = MODULE_KINDS[file.slice(file.lastIndexOf(".") + 1)];
  if (kind === undefined) throw new Error(`workerd has no kind of module for ${file}`);
  return `(name = ${text(file)}, ${kind} = embed ${text(file)})`;
}

const list = (items: readonly string[]): string => (items.length === 0 ? "[]" : `[\n    ${items.join(",\n    ")},\n  ]`);

/** A string literal: printable ASCII as it is, everything else byte by byte. */
function text(value: string): string {
  const bytes = [...Buffer.from(value, "utf8")].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === "\\") return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${bytes.join("")}"`;
}
