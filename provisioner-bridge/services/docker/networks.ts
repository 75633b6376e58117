/** One small network for each service, and one for builds. Networks do not reach each other. */
import { z } from "zod";
import type { EngineClient } from "./client.ts";
import { messageOf, statusOf } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import type { Names } from "./names.ts";

/** A /28: a gateway and 13 addresses. */
const BLOCK_SIZE = 16;
const BLOCKS_PER_OCTET = 256 / BLOCK_SIZE;
/** The first /24 of the pool is for builds. */
const BUILD_BLOCKS = BLOCKS_PER_OCTET;
const BLOCKS = 256 * BLOCKS_PER_OCTET;
const BUILD_PREFIX = 24;
const SERVICE_PREFIX = 28;
/** Releases take the addresses after the gateway in turn, so that old and new run side by side. */
const ADDRESSES = 12;
/** Another bridge or a person may take a subnet between the look and the create. */
const CREATE_TRIES = 5;
const ALREADY_EXISTS = [409, 500];

export type Networks = {
  ensure(serviceId: string): Promise<void>;
  ensureBuild(): Promise<string>;
  remove(serviceId: string): Promise<void>;
  /** The address of one release in its service's network. The network must exist. */
  addressOf(serviceId: string, release: number): Promise<string>;
};

const networkSchema = z.object({
  Name: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string() })).nullish() }).nullish(),
});

export function createNetworks(client: EngineClient, configuration: RunnerConfiguration, names: Names): Networks {
  const [first, second] = configuration.subnets.split(".");
  const octets = `${first}.${second}`;
  /** One create at a time: the next one sees the subnets of the one before. */
  let last: Promise<unknown> = Promise.resolve();

  const subnetOf = async (name: string): Promise<string | null> => {
    const found = await client.find((docker) => docker.getNetwork(name).inspect());
    return found === null ? null : (networkSchema.parse(found).IPAM?.Config?.[0]?.Subnet ?? null);
  };

  const usedSubnets = async (): Promise<Set<string>> => {
    const found = await client.call((docker) => docker.listNetworks({ filters: names.filter }));
    return new Set(
      z
        .array(networkSchema)
        .parse(found)
        .flatMap(({ IPAM }) => IPAM?.Config?.map(({ Subnet }) => Subnet) ?? []),
    );
  };

  const ensureAt = async (
    name: string,
    labels: Record<string, string>,
    choose: (used: Set<string>, attempt: number) => string,
  ): Promise<void> => {
    for (let attempt = 1; (await subnetOf(name)) === null; attempt += 1) {
      try {
        await createNetwork(client, { name, device: names.interfaceOf(name), labels, subnet: choose(await usedSubnets(), attempt) });
        return;
      } catch (error) {
        if (attempt >= CREATE_TRIES || !ALREADY_EXISTS.includes(statusOf(error) ?? 0) || !/exist|use|overlap/i.test(messageOf(error)))
          throw error;
      }
    }
  };

  const oneAfterAnother = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act, act);
    last = next;
    return next;
  };

  return {
    ensure: (serviceId) =>
      oneAfterAnother(() =>
        ensureAt(names.network(serviceId), names.networkLabels(serviceId), (used, attempt) => freeSubnet(octets, used, attempt)),
      ),
    async ensureBuild() {
      await oneAfterAnother(() => ensureAt(names.buildNetwork, names.platformLabels, () => `${octets}.0.0/${BUILD_PREFIX}`));
      return names.buildNetwork;
    },
    remove: (serviceId) => client.ensure((docker) => docker.getNetwork(names.network(serviceId)).remove()),
    async addressOf(serviceId, release) {
      const subnet = await subnetOf(names.network(serviceId));
      if (subnet === null) throw new Error("the service has no network");
      return subnet.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + 2 + (release % ADDRESSES)));
    },
  };
}

async function createNetwork(
  client: EngineClient,
  { name, device, labels, subnet }: { name: string; device: string; labels: Record<string, string>; subnet: string },
): Promise<void> {
  const gateway = subnet.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + 1));
  if (await client.isPodman()) {
    // Only Podman's own call isolates a network from the others.
    const body = {
      name,
      driver: "bridge",
      network_interface: device,
      subnets: [{ subnet, gateway }],
      dns_enabled: false,
      options: { isolate: "true" },
      labels,
    };
    await client.call(({ modem }) => dial(modem, "/v4.0.0/libpod/networks/create", body));
    return;
  }
  await client.call((docker) =>
    docker.createNetwork({
      Name: name,
      Driver: "bridge",
      Labels: labels,
      IPAM: { Config: [{ Subnet: subnet, Gateway: gateway }] },
      Options: { "com.docker.network.bridge.name": device },
    }),
  );
}

/** @throws when all are in use */
function freeSubnet(octets: string, used: ReadonlySet<string>, attempt: number): string {
  let skip = attempt - 1;
  for (let block = BUILD_BLOCKS; block < BLOCKS; block += 1) {
    const subnet = `${octets}.${Math.floor(block / BLOCKS_PER_OCTET)}.${(block % BLOCKS_PER_OCTET) * BLOCK_SIZE}/${SERVICE_PREFIX}`;
    if (!used.has(subnet) && skip-- === 0) return subnet;
  }
  throw new Error("every subnet of the pool is in use");
}

type Modem = EngineClient["streams"]["modem"];

/** A call that the client library does not know. */
function dial(modem: Modem, path: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { path, method: "POST", options: body, statusCodes: { 200: true, 201: true, 409: "exists", 500: "server error" } };
    modem.dial(options, (error: unknown, data: unknown) => (error ? reject(error) : resolve(data)));
  });
}
