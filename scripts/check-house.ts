/**
 * The arrows of the house (ARCHITECTURE, "Who may know whom"), checked on every import: `node scripts/check-house.ts [root]`.
 * Biome holds the other house rules (biome.json, lint/): no cycles, file length, and clock, randomness and environment in adapters only.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { type ESTree, parseSync, Visitor } from "vite";

interface Room {
  /** A folder or a file; the longest one that fits an importing file is its room. */
  room: string;
  /** The folders and files it may import from. */
  may: readonly string[];
  /** Exceptions to `may`. */
  not?: readonly string[];
  /** What it may import after all, with `import type` only: the compiler removes it. */
  types?: readonly string[];
  /** The only packages it may use. Left out: any. */
  packages?: readonly string[];
  /** Packages it may not use. */
  notPackages?: readonly string[];
  /** SQL is written here. */
  sql?: true;
}

/** Puts everything together, so nothing it is made of may know it. */
const TOP = ["worker/index.ts", "worker/app.ts", "worker/wiring.ts"];
const HTTP_SIDE = [...TOP, "worker/http.ts", "worker/routes", "worker/middleware", "worker/pages"];
const FAR_SIDE = [...TOP, "worker/platform-db", "worker/ports", "worker/cron"];

const ROOMS: readonly Room[] = [
  { room: "contract", may: ["contract"], packages: ["zod", "jose"] },
  { room: "durable-objects", may: ["durable-objects", "contract"], sql: true },
  { room: "provisioner-bridge", may: ["provisioner-bridge", "contract", "package.json"], sql: true },
  { room: "worker", may: ["worker", "contract", "package.json"], types: ["durable-objects"] },
  // The entry re-exports the Durable Object classes, which workerd finds by name: the one value import of them.
  { room: "worker/index.ts", may: ["worker", "contract", "durable-objects"] },
  { room: "worker/routes", may: ["worker", "contract"], not: FAR_SIDE, types: ["worker/ports", "worker/app.ts"] },
  { room: "worker/middleware", may: ["worker", "contract"], not: FAR_SIDE, types: ["worker/ports", "worker/app.ts"] },
  {
    room: "worker/services",
    may: ["worker", "contract"],
    not: HTTP_SIDE,
    notPackages: ["hono", "@hono/zod-openapi", "@neondatabase/serverless"],
  },
  { room: "worker/ports", may: ["worker", "contract"], not: [...HTTP_SIDE, "worker/services"], types: ["durable-objects"] },
  { room: "worker/platform-db", may: ["worker", "contract"], not: [...HTTP_SIDE, "worker/services"], sql: true },
];

/** Folders under the arrows. dev/, scripts/ and test/ may import everything, and nothing here may import them. */
const SOURCE_FOLDERS = ["contract", "worker", "durable-objects", "provisioner-bridge"];
const SOURCE_FILE = /\.tsx?$/;
/** A text that begins like this is SQL. */
const SQL = /^\s*(?:select\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(?:create|alter|drop)\s+\w+\s+\w+)/i;

export interface Problem {
  file: string;
  line: number;
  message: string;
}

interface Found {
  offset: number;
  message: string;
}

/** Every forbidden import and every misplaced SQL text under `root`, by file and line. */
export function checkHouse(root: string): Problem[] {
  return SOURCE_FOLDERS.flatMap((folder) => sourceFiles(root, folder)).flatMap((file) =>
    checkFile(file, readFileSync(join(root, file), "utf8")),
  );
}

/** Paths from the root, with forward slashes. */
function sourceFiles(root: string, folder: string): string[] {
  if (!statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => SOURCE_FILE.test(name))
    .map((name) => posix.join(folder, ...name.split(sep)))
    .sort();
}

function checkFile(file: string, source: string): Problem[] {
  const room = roomOf(file);
  const { program, errors } = parseSync(file, source);
  const found: Found[] = errors.map(({ message }) => ({ offset: 0, message: `does not parse: ${message}` }));
  const onImport = (node: ESTree.Node, specifier: string | undefined, typeOnly: boolean): void => {
    const message = judgeImport(room, file, specifier, typeOnly);
    if (message !== undefined) found.push({ offset: node.start, message });
  };
  const onText = (node: ESTree.Node, text: unknown): void => {
    if (room.sql !== true && typeof text === "string" && SQL.test(text)) {
      found.push({ offset: node.start, message: `SQL does not belong in ${room.room}: it is written in worker/platform-db` });
    }
  };
  visit(program, onImport, onText);
  const lineAt = (offset: number): number => source.slice(0, offset).split("\n").length;
  return found.map(({ offset, message }) => ({ file, line: lineAt(offset), message })).sort((a, b) => a.line - b.line);
}

function visit(
  program: ESTree.Program,
  onImport: (node: ESTree.Node, specifier: string | undefined, typeOnly: boolean) => void,
  onText: (node: ESTree.Node, text: unknown) => void,
): void {
  new Visitor({
    ImportDeclaration: (node) => onImport(node, node.source.value, node.importKind === "type"),
    ExportAllDeclaration: (node) => onImport(node, node.source.value, node.exportKind === "type"),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) onImport(node, node.source.value, node.exportKind === "type");
    },
    ImportExpression: (node) => onImport(node, node.source.type === "Literal" ? String(node.source.value) : undefined, false),
    TSImportType: (node) => onImport(node, node.source.value, true),
    Literal: (node) => onText(node, node.value),
    TemplateLiteral: (node) => onText(node, node.quasis.map(({ value }) => value.cooked ?? "").join("x")),
  }).visit(program);
}

function roomOf(file: string): Room {
  const [room] = ROOMS.filter((candidate) => isWithin(file, candidate.room)).sort((a, b) => b.room.length - a.room.length);
  if (room === undefined) throw new Error(`${file} stands in no room of scripts/check-house.ts`);
  return room;
}

const isWithin = (path: string, room: string): boolean => path === room || path.startsWith(`${room}/`);
const isWithinAny = (path: string, rooms: readonly string[] = []): boolean => rooms.some((room) => isWithin(path, room));

/** Why `room` may not have this import; undefined when it may. */
function judgeImport(room: Room, file: string, specifier: string | undefined, typeOnly: boolean): string | undefined {
  if (specifier === undefined) return "an import() of a computed name cannot be judged";
  if (!specifier.startsWith(".")) {
    const name = packageName(specifier);
    const allowed = (room.packages?.includes(name) ?? true) && !room.notPackages?.includes(name);
    return allowed ? undefined : `${room.room} may not use the package ${name}`;
  }
  const target = posix.join(posix.dirname(file), specifier);
  if (isWithin(target, room.room) || (isWithinAny(target, room.may) && !isWithinAny(target, room.not))) return undefined;
  if (!isWithinAny(target, room.types)) return `${room.room} may not import ${target}`;
  return typeOnly ? undefined : `${room.room} may import ${target} with \`import type\` only`;
}

const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

if (import.meta.main) {
  const problems = checkHouse(process.argv[2] ?? ".");
  for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`);
  console.log(problems.length === 0 ? "The arrows of the house hold." : `${problems.length} problems: see CONTRIBUTING.md, "The arrows".`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
