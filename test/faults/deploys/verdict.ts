/** What is left when every deployment is gone: it must be nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { z } from "zod";
import { PLATFORM_LABEL } from "../../../provisioner-bridge/services/docker/names.ts";
import { isProbe } from "../../../provisioner-bridge/services/isolation/refs.ts";
import type { DeployStack } from "./stack.ts";

const SETTLE_MAX_MS = 120_000;
const POLL_MS = 1_000;

/** Waits for it. @returns what is left when the time is up */
export async function findRemains(world: DeployStack): Promise<{ remains: string[]; tookMs: number }> {
  const began = performance.now();
  for (;;) {
    const remains = await look(world).catch((cause: unknown) => [`the machine cannot be read: ${String(cause)}`]);
    const tookMs = performance.now() - began;
    if (remains.length === 0 || tookMs > SETTLE_MAX_MS) return { remains, tookMs };
    await delay(POLL_MS);
  }
}

async function look(world: DeployStack): Promise<string[]> {
  return (await Promise.all([inEngine(world), onMachine(world), inRegistry(world), inPlatform(world), inFolders(world)])).flat();
}

const labelsSchema = z.record(z.string(), z.string()).nullish();
const listedSchema = z.array(z.looseObject({ Labels: labelsSchema, RepoTags: z.array(z.string()).nullish(), Name: z.string().optional() }));
const isOfProbe = (labels: z.infer<typeof labelsSchema>): boolean => Object.values(labels ?? {}).some(isProbe);

async function inEngine({ engineSocket, prefix }: DeployStack): Promise<string[]> {
  const docker = new Docker({ socketPath: engineSocket });
  const filters = { label: [`${PLATFORM_LABEL}=${prefix}`] };
  const call = <T>(act: (engine: Docker) => Promise<T>): Promise<T> => act(docker);
  const [containers, images, networks] = await Promise.all([
    call((engine) => engine.listContainers({ all: true, filters })),
    call((engine) => engine.listImages({ filters })),
    call((engine) => engine.listNetworks({ filters })),
  ]);
  const own = (what: string, found: unknown, isLeft: (one: z.infer<typeof listedSchema>[number]) => boolean = () => true) =>
    listedSchema
      .parse(found)
      .filter((one) => !isOfProbe(one.Labels) && isLeft(one))
      .map((one) => `${what} ${JSON.stringify(one.RepoTags ?? one.Labels)}`);
  return [
    ...own("container", containers),
    // Layers that a later build may use again have no tag.
    ...own("image", images, ({ RepoTags }) => RepoTags?.some((tag) => !tag.startsWith("<none>")) ?? false),
    ...own("network", networks),
  ];
}

async function onMachine({ prefix, stack }: DeployStack): Promise<string[]> {
  const devices = readdirSync("/sys/class/net").filter((name) => name.startsWith(prefix));
  const maps = join(stack.paths.dataDir, "ingress", "maps");
  const routes = existsSync(maps) ? readdirSync(maps).filter((name) => readFileSync(join(maps, name), "utf8").trim() !== "") : [];
  return [...devices.map((name) => `interface ${name}`), ...routes.map((name) => `map of routes ${name}`)];
}

async function rowsOf(pool: DeployStack["registry"], what: string, query: string): Promise<string[]> {
  const { rows } = await pool.query(query);
  return rows.map((row) => `${what} ${JSON.stringify(row)}`);
}

const inRegistry = async ({ registry }: DeployStack): Promise<string[]> =>
  (
    await Promise.all([
      rowsOf(registry, "open operation", "SELECT service_id, verb, state, step FROM operations WHERE finished_at IS NULL"),
      rowsOf(registry, "unreported status", "SELECT service_id, verb, seq, reported_seq FROM operations WHERE reported_seq < seq"),
      rowsOf(registry, "service", "SELECT service_id, wanted FROM services WHERE deleted_at IS NULL"),
      rowsOf(registry, "release", "SELECT service_id, release, has_image, has_container FROM releases"),
      rowsOf(registry, "route", "SELECT app_id FROM routes"),
    ])
  ).flat();

const inPlatform = async ({ platform }: DeployStack): Promise<string[]> =>
  (
    await Promise.all([
      rowsOf(platform, "row of a service", "SELECT id, status FROM services WHERE ended_at IS NULL AND status <> 'deleted'"),
      rowsOf(
        platform,
        "open operation's row",
        "SELECT service_id, verb, state FROM operations WHERE ended_at IS NULL AND service_id IS NOT NULL",
      ),
    ])
  ).flat();

/** A source that no release uses stays for an hour, with a row; an upload that was cut off leaves nothing. */
async function inFolders({ stack, registry }: DeployStack): Promise<string[]> {
  const { rows } = await registry.query<{ source_id: string }>("SELECT source_id FROM sources");
  const known = new Set(rows.map(({ source_id }) => `${source_id}.tar.gz`));
  const files = (name: string): string[] => {
    const folder = join(stack.paths.deploys, name);
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  return [
    ...files("sources")
      .filter((name) => !known.has(name))
      .map((name) => `source ${name}`),
    ...files("logs").map((name) => `build logs ${name}`),
  ];
}
