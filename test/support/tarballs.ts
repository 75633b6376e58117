/** Tarballs as an attacker, or a broken program, would make them: header by header. */
import { gzipSync } from "node:zlib";

const BLOCK_BYTES = 512;
export const END = Buffer.alloc(2 * BLOCK_BYTES);

export type Member = { path: string; type?: string; link?: string; data?: Buffer; size?: string; checksum?: number };

/** One entry in the ustar format; `size` and `checksum` are what the header claims, right or wrong. */
export function member({ path, type = "0", link = "", data = Buffer.alloc(0), size, checksum }: Member): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(path, 0, 100, "utf8");
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(size ?? `${data.length.toString(8).padStart(11, "0")}\0`, 124, 12, "latin1");
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100, "utf8");
  header.write("ustar\0", 257);
  header.write("00", 263);
  const sum = checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, padded(data)]);
}

/** An entry whose path is in a pax header. */
export function paxMember(path: string, entry: Omit<Member, "path">): Buffer {
  return Buffer.concat([pax({ path }), member({ path: "short", ...entry })]);
}

/** A pax header for the entry after it. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  const data = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return member({ path: "pax", type: "x", data: Buffer.concat(data) });
}

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return Buffer.from(`${length}${rest}`);
}

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc((BLOCK_BYTES - (data.length % BLOCK_BYTES)) % BLOCK_BYTES)]);

export const tar = (...members: readonly Buffer[]): Buffer => Buffer.concat([...members, END]);
export const targz = (...members: readonly Buffer[]): Buffer => gzipSync(tar(...members), { level: 1 });
export const file = (path: string, text = "text"): Buffer => member({ path, data: Buffer.from(text) });
