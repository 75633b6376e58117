/** Which entries of a tarball are safe to unpack: everything stays inside of the tree, and nothing is there twice. */
import { posix } from "node:path";
import type { TarballReason } from "../../../contract/deploys.ts";

const PATH_MAX_CHARACTERS = 1_024;

export type Entry = { path: string; type: string; linkpath: string | undefined };

const FILE_TYPES = new Set(["File", "OldFile", "ContiguousFile"]);
const DEVICE_TYPES = new Set(["CharacterDevice", "BlockDevice", "FIFO"]);

/** An entry that is refused. */
export class TarballError extends Error {
  readonly reason: TarballReason;

  constructor(reason: TarballReason, options?: { cause?: unknown }) {
    super(`the tarball was refused: ${reason}`, options);
    this.name = "TarballError";
    this.reason = reason;
  }
}

/** Remembers what the entries so far have made of the tree. */
export type Tree = { files: Set<string>; links: Set<string>; folders: Set<string> };
export const emptyTree = (): Tree => ({ files: new Set(), links: new Set(), folders: new Set() });

/**
 * Adds one entry.
 * @returns its path from the root of the tree, "" for the root itself; null for what is no file (folders and links)
 * @throws TarballError
 */
export function addEntry(tree: Tree, { path, type, linkpath = "" }: Entry): string | null {
  const place = placeOf(path, "unsafe_path");
  if (DEVICE_TYPES.has(type)) throw new TarballError("device");
  addParents(tree, place);
  if (type === "Directory" || type === "GNUDumpDir") return addFolder(tree, place);
  if (place === "") throw new TarballError("unsafe_path");
  if (tree.files.has(place) || tree.links.has(place) || tree.folders.has(place)) {
    throw new TarballError(type === "SymbolicLink" && tree.folders.has(place) ? "unsafe_link" : "duplicate_entry");
  }
  if (FILE_TYPES.has(type)) {
    tree.files.add(place);
    return place;
  }
  if (type === "SymbolicLink") addSymbolicLink(tree, place, linkpath);
  else if (type === "Link") addHardLink(tree, place, linkpath);
  else throw new TarballError("bad_header");
  return null;
}

function addParents(tree: Tree, place: string): void {
  for (let parent = posix.dirname(place); parent !== "."; parent = posix.dirname(parent)) {
    // Written through a link, or below a file.
    if (tree.links.has(parent)) throw new TarballError("unsafe_link");
    if (tree.files.has(parent)) throw new TarballError("duplicate_entry");
    tree.folders.add(parent);
  }
}

function addFolder(tree: Tree, place: string): null {
  if (tree.links.has(place)) throw new TarballError("unsafe_link");
  if (tree.files.has(place)) throw new TarballError("duplicate_entry");
  if (place !== "") tree.folders.add(place);
  return null;
}

/** The target need not exist, but it must be inside of the tree. */
function addSymbolicLink(tree: Tree, place: string, target: string): void {
  if (target === "" || isForeign(target) || posix.isAbsolute(target)) throw new TarballError("unsafe_link");
  if (isOutside(posix.join(posix.dirname(place), target))) throw new TarballError("unsafe_link");
  tree.links.add(place);
}

/** The target is a file that came before. A link to a link is refused: its target may change. */
function addHardLink(tree: Tree, place: string, target: string): void {
  if (!tree.files.has(placeOf(target, "unsafe_link"))) throw new TarballError("unsafe_link");
  tree.links.add(place);
}

/** The path without `.` and empty segments. */
function placeOf(path: string, reason: TarballReason): string {
  const isSafe = path !== "" && path.length <= PATH_MAX_CHARACTERS && !isForeign(path) && !posix.isAbsolute(path);
  if (!isSafe || path.split("/").includes("..")) throw new TarballError(reason);
  const place = posix.normalize(path).replace(/\/+$/, "");
  return place === "." ? "" : place;
}

/** NUL ends a path in the kernel; backslashes and drive letters are separators elsewhere. */
function isForeign(path: string): boolean {
  return path.includes("\0") || path.includes("\\") || /^[A-Za-z]:/.test(path);
}

function isOutside(path: string): boolean {
  return path === ".." || path.startsWith("../");
}
