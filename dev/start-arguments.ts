/** The command line and the environment of `npm start`. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { ENGINE_SERVER_ENTRIES } from "./engine-servers.ts";
import { DEFAULT_DATA_DIR } from "./paths.ts";
import { defaultPorts, PORT_ENTRIES, type Ports } from "./port-table.ts";
import { SetupError } from "./setup-error.ts";
import type { StackOptions } from "./stack-options.ts";

/** Servers to use instead of ours. Only variables with our own prefix are read, so that a server is never taken over by accident. */
const EXTERNAL_SERVERS: Readonly<Record<string, { variable: string; what: string }>> = {
  platform: { variable: "INSTANODE_PLATFORM_POSTGRES_URL", what: "superuser's URL of the platform's PostgreSQL" },
  ...Object.fromEntries(ENGINE_SERVER_ENTRIES.map(({ engine, external }) => [engine, external])),
};

export const USAGE = `npm start -- [options]     everything on this machine: tenants' servers, the bridge, the built Worker
npm run dev -- [options]   the same with reload: wrangler dev

  --port PORT      of the API (default ${PORT_ENTRIES.api?.number}; or PORT in the environment)
  --data-dir DIR   where everything is kept (default .data)
  --reset          start empty: delete the data directory first (only one this program made)
  --watch          what npm run dev adds
  --help           this text

Environment:
${Object.values(EXTERNAL_SERVERS)
  .map(({ variable, what }) => `  ${variable.padEnd(34)} ${what}, to use instead of starting one`)
  .join("\n")}
${Object.entries(PORT_ENTRIES)
  .map(([name, { variable, number }]) => `  ${variable.padEnd(34)} ${name} (default ${number})`)
  .join("\n")}
`;

const portSchema = z.coerce.number().int().min(1).max(65_535);

export interface StartArguments {
  help: boolean;
  reset: boolean;
  mode: "serve" | "watch";
  dataDir: string;
  ports: Ports;
  external: NonNullable<StackOptions["external"]>;
}

/** @param directory relative paths start there. @throws SetupError on an unknown option or an impossible port */
export function parseStartArguments(args: string[], env: Readonly<Record<string, string | undefined>>, directory: string): StartArguments {
  const { values } = parseOptions(args);
  return {
    help: values.help,
    reset: values.reset,
    mode: values.watch ? "watch" : "serve",
    dataDir: values["data-dir"] === undefined ? DEFAULT_DATA_DIR : resolve(directory, values["data-dir"]),
    ports: choosePorts(values.port, env),
    external: Object.fromEntries(Object.entries(EXTERNAL_SERVERS).map(([server, { variable }]) => [server, env[variable] || undefined])),
  };
}

function parseOptions(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  const options = { help: flag, reset: flag, watch: flag, port: { type: "string" }, "data-dir": { type: "string" } } as const;
  try {
    return parseArgs({ args, options });
  } catch (cause) {
    throw new SetupError(cause instanceof Error ? cause.message : String(cause), USAGE.trimEnd().split("\n"), { cause });
  }
}

function choosePorts(given: string | undefined, env: Readonly<Record<string, string | undefined>>): Ports {
  const ports = defaultPorts();
  for (const [name, { variable }] of Object.entries(PORT_ENTRIES)) {
    const text = (name === "api" ? given : undefined) ?? env[variable];
    if (text === undefined || text === "") continue;
    const parsed = portSchema.safeParse(text);
    if (!parsed.success) throw new SetupError(`${text} is not a port (${variable}): a number from 1 to 65535.`);
    ports[name] = parsed.data;
  }
  const entries = Object.entries(PORT_ENTRIES);
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => ports[other] === ports[name]) !== index);
  if (twice !== undefined)
    throw new SetupError(`Port ${ports[twice[0]]} is chosen twice, also for ${twice[0]}: ${twice[1].variable} moves it.`);
  return ports;
}
