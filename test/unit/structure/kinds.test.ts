/**
 * A kind is known by its own modules and one registration a side; shared code reads properties of its entry. So is an engine.
 * A distinctive name is searched as a word, comments included. A name that is also an ordinary word ("queue") is searched as a string
 * literal, which every comparison with it needs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, it } from "vitest";
import { ENGINE_NAMES, type EngineName, engineSchema } from "../../../contract/engines.ts";
import { KINDS, RESOURCE_KINDS, type ResourceKind } from "../../../contract/kinds.ts";

const DISTINCTIVE: ReadonlySet<string> = new Set<ResourceKind>(["mongodb"]);

const KIND_REGISTRATIONS = ["contract/kinds.ts", "worker/routes/endpoints.ts"];
const ENGINE_REGISTRATIONS = ["contract/engines.ts", "provisioner-bridge/engines/all.ts"];

/** What a kind has beside its module and its create route: routes of its own and what they call. */
const OWN: Partial<Record<ResourceKind, string[]>> = {
  storage: ["worker/kinds.ts", "worker/services/storage/", "worker/routes/storage/"],
  webhook: ["worker/homes/inbox.ts", "worker/services/webhooks/", "worker/routes/webhooks/"],
};

/** Where the name of an engine means something else. */
const OTHER_MEANINGS: Partial<Record<EngineName, string[]>> = {
  // One of several object stores; and the name of the service that AWS signatures are made for.
  s3: ["contract/object-store.ts", "worker/ports/object-store.ts"],
};

const SOURCES = ["contract", "worker", "durable-objects", "provisioner-bridge"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:tsx?|sql)$/.test(name))
    .map((name) => join(folder, name).split(sep).join("/")),
);

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g, "");

/** The files that name it, `isOwn` ones left out. */
function foreign(name: string, own: readonly string[]): string[] {
  const isOwn = (file: string): boolean => own.some((one) => file === one || (one.endsWith("/") && file.startsWith(one)));
  return SOURCES.filter((file) => !isOwn(file) && isNamed(name, readFileSync(file, "utf8")));
}

function isNamed(name: string, text: string): boolean {
  return DISTINCTIVE.has(name) ? new RegExp(`\\b${name}\\b`).test(text) : new RegExp(`(["'\`])${name}\\1`).test(withoutComments(text));
}

/** An engine's own files; none for a name that is only a kind's. */
function ownOfEngine(name: string): string[] {
  const engine = engineSchema.safeParse(name).data;
  if (engine === undefined) return [];
  const kinds = RESOURCE_KINDS.filter((kind) => KINDS[kind].home === engine).map((kind) => `contract/kinds/${kind}.ts`);
  return [...ENGINE_REGISTRATIONS, `provisioner-bridge/engines/${engine}/`, ...kinds, ...(OTHER_MEANINGS[engine] ?? [])];
}

const ownOfKind = (kind: ResourceKind): string[] => [
  ...KIND_REGISTRATIONS,
  `contract/kinds/${kind}.ts`,
  `worker/kinds/${kind}.ts`,
  ...(OWN[kind] ?? []),
  ...ownOfEngine(kind),
];

it.each(RESOURCE_KINDS)("outside of its modules and their registration, one file names %s: its create route", (kind) => {
  const files = foreign(kind, ownOfKind(kind));
  expect(files).toEqual([expect.stringMatching(/^worker\/routes\/provision\/[\w-]+\.ts$/)]);
});

it.each(ENGINE_NAMES)("outside of its folder and its registrations, no file but a kind's names the engine %s", (engine) => {
  const kind = RESOURCE_KINDS.find((one) => one === engine);
  const files = foreign(engine, [...ownOfEngine(engine), ...(kind === undefined ? [] : ownOfKind(kind))]);
  expect(files.filter((file) => kind === undefined || !file.startsWith("worker/routes/provision/"))).toEqual([]);
});

it.each([
  ["a comparison", 'if (kind === "queue") return 1;', "queue", true],
  ["a key of a type or SQL", "WHERE kind = 'webhook'", "webhook", true],
  ["a distinctive name in a comment", "/** As mongodb does. */", "mongodb", true],
  ["an ordinary word in a comment", '/** The "queue" of jobs. */', "queue", false],
  ["an ordinary word as a name", "const queue = []; // a queue", "queue", false],
  ["part of another word", 'const path = "./storage/open.ts";', "storage", false],
])("the search finds %s or leaves it: %s", (_what, text, name, isFound) => {
  expect(isNamed(name, text)).toBe(isFound);
});

it("no code takes a missing engine for a kind that lives elsewhere", () => {
  const pattern = /\bengine\s*[!=]==\s*null\b/;
  expect(SOURCES.filter((file) => pattern.test(readFileSync(file, "utf8")))).toEqual([]);
});
