/** Which ports a container's processes listen on, read from the kernel's tables of its network namespace. */
import { readFile } from "node:fs/promises";

const LISTEN = "0A";
/** 127.0.0.0/8 and ::1 as the tables write them: little-endian words. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/;
const HEX = 16;

/** @returns none when the tables cannot be read */
export async function listeningPortsOf(pid: number): Promise<number[]> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "")));
  const ports = tables.flatMap((table) => table.split("\n").slice(1).flatMap(portOfLine));
  return [...new Set(ports)].sort((one, other) => one - other);
}

/** A line: `0: 00000000:1F90 00000000:0000 0A …` */
function portOfLine(line: string): number[] {
  const [, local = "", , state] = line.trim().split(/\s+/);
  const [address = "", port = ""] = local.split(":");
  return state === LISTEN && !LOOPBACK.test(address) ? [Number.parseInt(port, HEX)] : [];
}
