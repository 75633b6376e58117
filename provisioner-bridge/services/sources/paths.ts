/** Which entries of a tarball are safe to unpack: everything stays inside of the tree, and nothing is there twice. */
import { posix } from "node:path";
import { SOURCE_ENTRIES_MAX, type TarballReason } from "../../../contract/deploys.ts";

const PATH_MAX_BYTES = 1_024;
/** Folders need no entry of their own, so their count is bounded by itself: a single path can name 512. */
const FOLDERS_MAX = SOURCE_ENTRIES_MAX;

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
  if (type === "Directory") return addFolder(tree, place);
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

/** Nothing takes the place of a known folder, so what is above one is known to be folders, too. */
function addParents(tree: Tree, place: string): void {
  for (let parent = posix.dirname(place); parent !== "." && !tree.folders.has(parent); parent = posix.dirname(parent)) {
    // Written through a link, or below a file.
    if (tree.links.has(parent)) throw new TarballError("unsafe_link");
    if (tree.files.has(parent)) throw new TarballError("duplicate_entry");
    rememberFolder(tree, parent);
  }
}

function rememberFolder(tree: Tree, place: string): void {
  tree.folders.add(place);
  if (tree.folders.size > FOLDERS_MAX) throw new TarballError("too_many_entries");
}

function addFolder(tree: Tree, place: string): null {
  if (tree.links.has(place)) throw new TarballError("unsafe_link");
  if (tree.files.has(place)) throw new TarballError("duplicate_entry");
  if (place !== "") rememberFolder(tree, place);
  return null;
}

/**
 * The target need not exist, but it must be inside of the tree. `..` may only come first: after a name that is itself a link, it
 * leads to the parent of that link's target, which the text of the path does not show.
 */
function addSymbolicLink(tree: Tree, place: string, target: string): void {
  if (target === "" || isTooLong(target) || isForeign(target) || posix.isAbsolute(target)) throw new TarballError("unsafe_link");
  const segments = target.split("/").filter((segment) => segment !== "" && segment !== ".");
  const ups = segments.filter((segment) => segment === "..").length;
  const depth = place.split("/").length - 1;
  if (ups > depth || segments.lastIndexOf("..") >= ups) throw new TarballError("unsafe_link");
  tree.links.add(place);
}

/** The target is a file that came before. A link to a link is refused: its target may change. */
function addHardLink(tree: Tree, place: string, target: string): void {
  if (!tree.files.has(placeOf(target, "unsafe_link"))) throw new TarballError("unsafe_link");
  tree.links.add(place);
}

const GOES_UP = /(?:^|\/)\.\.(?:\/|$)/;
const HAS_EMPTY_SEGMENT = /(?:^|\/)\.?(?:\/|$)/;

/** The path without `.` and empty segments. */
function placeOf(path: string, reason: TarballReason): string {
  const isSafe = path !== "" && !isTooLong(path) && !isForeign(path) && !posix.isAbsolute(path) && !GOES_UP.test(path);
  if (!isSafe) throw new TarballError(reason);
  if (!HAS_EMPTY_SEGMENT.test(path)) return path;
  return path
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
}

/** NUL ends a path in the kernel; backslashes and drive letters are separators elsewhere. */
function isForeign(path: string): boolean {
  return path.includes("\0") || path.includes("\\") || /^[A-Za-z]:/.test(path);
}

function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > PATH_MAX_BYTES;
}
