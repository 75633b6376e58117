/** HAProxy as the proxy in front of the apps: its maps are files, which it reads at its start, and are changed in its memory too. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pRetry from "p-retry";
import { z } from "zod";
import type { AppsProxy } from "../routes.ts";
import { ask, replaceMap } from "./admin.ts";
import { MAP_NAMES, type MapName, mapsOf } from "./maps.ts";

/** A supervisor starts a crashed HAProxy again within these tries, about eight seconds. */
const TRIES = { retries: 10, factor: 1.5, minTimeout: 100, maxTimeout: 1_500 };

/** BRIDGE_INGRESS. */
export const ingressSchema = z.strictObject({
  /** HAProxy's runtime API. */
  socket: z.string().startsWith("/"),
  /** The folder of the maps, which HAProxy reads by the same path. */
  maps: z.string().startsWith("/"),
  /** Where HAProxy sends a line for each answered request, by UDP: "127.0.0.1:port". Without it requests are not counted. */
  requests: z
    .string()
    .regex(/^127\.\d+\.\d+\.\d+:\d{1,5}$/)
    .optional(),
});

export const mapFile = (folder: string, name: MapName): string => join(folder, `${name}.map`);

export function haproxy({ socket, maps: folder }: Pick<z.infer<typeof ingressSchema>, "socket" | "maps">): AppsProxy {
  return {
    async apply(routes) {
      const maps = mapsOf(routes);
      // Files first: a HAProxy that starts in between reads them, and one that starts later has nothing to be told.
      for (const name of MAP_NAMES) await writeMap(mapFile(folder, name), maps[name]);
      // Clients first: a route that becomes private never lacks those who may call it.
      for (const name of [...MAP_NAMES].reverse()) {
        await pRetry(() => replaceMap(socket, mapFile(folder, name), maps[name]), TRIES);
      }
    },
    async probe() {
      await ask(socket, "show version");
    },
  };
}

/** Where no proxy is configured, routes are only recorded. */
export const noProxy: AppsProxy = { apply: async () => {}, probe: async () => {} };

async function writeMap(file: string, lines: readonly string[]): Promise<void> {
  await writeFile(`${file}.new`, lines.map((line) => `${line}\n`).join(""));
  await rename(`${file}.new`, file);
}
