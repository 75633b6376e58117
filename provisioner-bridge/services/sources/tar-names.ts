/** What the records before an entry say of it: long names of GNU tar, and pax headers (POSIX.1-2001), read by their length as builders do. */
import { TarballError } from "./paths.ts";

export type Names = { path?: string; linkpath?: string; size?: number };
export const noNames: Names = {};
export const isNamed = (names: Names): boolean => Object.keys(names).length > 0;

const LENGTH_PATTERN = /^[1-9]\d{0,5}$/;
const SIZE_PATTERN = /^\d{1,15}$/;
/** Records that say where an entry goes or where it ends. Some programs apply a global one, others do not. */
const LOCAL_ONLY = new Set(["path", "linkpath", "size"]);
const SPACE = 0x20;
const EQUALS = 0x3d;
const LINE_BREAK = 0x0a;

/** Adds one record. An entry gets each name from one record only: programs differ about which of two counts. @throws TarballError */
export function namesFrom(names: Names, type: string, data: Buffer): Names {
  const added = namesIn(type, data);
  if (Object.keys(added).some((key) => key in names)) throw new TarballError("bad_header");
  return { ...names, ...added };
}

function namesIn(type: string, data: Buffer): Names {
  if (type === "NextFileHasLongPath") return { path: longName(data) };
  if (type === "NextFileHasLongLinkpath") return { linkpath: longName(data) };
  const records = paxRecords(data);
  // A sparse file has a second name and another size, which only some programs know.
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) throw new TarballError("bad_header");
  if (type === "GlobalExtendedHeader") {
    if ([...records.keys()].some((key) => LOCAL_ONLY.has(key))) throw new TarballError("bad_header");
    return {};
  }
  const path = records.get("path")?.toString("utf8");
  const linkpath = records.get("linkpath")?.toString("utf8");
  const size = records.get("size")?.toString("latin1");
  if (size !== undefined && !SIZE_PATTERN.test(size)) throw new TarballError("bad_header");
  // An empty value takes a record back, so the header's own counts.
  return { ...(path ? { path } : {}), ...(linkpath ? { linkpath } : {}), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** Ends at NUL. What follows one that is not the last makes the name unsafe, which paths.ts sees. */
function longName(data: Buffer): string {
  return data.toString("utf8").replace(/\0+$/, "");
}

/** Each record is "<length> <key>=<value>\n"; a value may hold anything. @throws TarballError */
function paxRecords(data: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(SPACE, at);
    const length = data.toString("latin1", at, Math.max(at, space));
    const end = at + Number(length);
    const equals = data.indexOf(EQUALS, space);
    const isRecord = LENGTH_PATTERN.test(length) && end <= data.length && data[end - 1] === LINE_BREAK && equals > space && equals < end;
    if (!isRecord) throw new TarballError("bad_header");
    records.set(data.toString("utf8", space + 1, equals), data.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}
