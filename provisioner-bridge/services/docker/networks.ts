/** One small network for each service and for each build. Networks do not reach each other. */
import { z } from "zod";
import type { ReleaseRef } from "../driver.ts";
import type { EngineClient } from "./client.ts";
import { messageOf, statusOf } from "./client.ts";
import type { RunnerConfiguration } from "./configuration.ts";
import type { Names } from "./names.ts";
import { addressesOf, freeSubnet, gatewayOf, type Purpose } from "./subnets.ts";

/** The engine refuses a subnet that something outside of its networks uses. */
const CREATE_TRIES = 20;
const ALREADY_EXISTS = [403, 409, 500];

export type Networks = {
  ensure(serviceId: string): Promise<void>;
  remove(serviceId: string): Promise<void>;
  /** The addresses that a container of the service may have, in the order of preference. The network must exist. */
  addressesOf(serviceId: string, release: number): Promise<string[]>;
  /** @returns the name of the network */
  ensureBuild(build: ReleaseRef): Promise<string>;
  removeBuild(build: ReleaseRef): Promise<void>;
};

type NewNetwork = { name: string; labels: Record<string, string>; purpose: Purpose };

const networkSchema = z.object({
  Name: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional() })).nullish() }).nullish(),
});

export function createNetworks(client: EngineClient, configuration: RunnerConfiguration, names: Names): Networks {
  const [first, second] = configuration.subnets.split(".");
  const octets = `${first}.${second}`;
  /** Subnets that the engine has refused, though none of its networks has them. */
  const refused = new Set<string>();
  /** One create at a time: the next one sees the subnets of the one before. */
  let last: Promise<unknown> = Promise.resolve();

  const subnetOf = async (name: string): Promise<string | null> => {
    const found = await client.find((docker) => docker.getNetwork(name).inspect());
    return found === null ? null : (subnetsOf(networkSchema.parse(found))[0] ?? null);
  };

  const choose = async (purpose: Purpose): Promise<string> => {
    const networks = z.array(networkSchema).parse(await client.call((docker) => docker.listNetworks()));
    const subnet = freeSubnet(octets, purpose, [...networks.flatMap(subnetsOf), ...refused]);
    if (subnet !== undefined) return subnet;
    refused.clear();
    throw new Error("every subnet of the pool is in use");
  };

  const ensure = async ({ name, labels, purpose }: NewNetwork): Promise<void> => {
    for (let attempt = 1; (await subnetOf(name)) === null; attempt += 1) {
      const subnet = await choose(purpose);
      try {
        return await createNetwork(client, { name, device: names.interfaceOf(name), labels, subnet });
      } catch (error) {
        if (attempt >= CREATE_TRIES || !isInUse(error)) throw error;
        refused.add(subnet);
      }
    }
  };

  const oneAfterAnother = <T>(act: () => Promise<T>): Promise<T> => {
    const next = last.then(act, act);
    last = next;
    return next;
  };
  const remove = (name: string) => client.ensure((docker) => docker.getNetwork(name).remove());

  return {
    ensure: (serviceId) =>
      oneAfterAnother(() => ensure({ name: names.network(serviceId), labels: names.networkLabels(serviceId), purpose: "service" })),
    remove: (serviceId) => remove(names.network(serviceId)),
    async addressesOf(serviceId, release) {
      const subnet = await subnetOf(names.network(serviceId));
      if (subnet === null) throw new Error("the service has no network");
      return addressesOf(subnet, release);
    },
    async ensureBuild(build) {
      const name = names.buildNetwork(build);
      await oneAfterAnother(() => ensure({ name, labels: names.platformLabels, purpose: "build" }));
      return name;
    },
    removeBuild: (build) => remove(names.buildNetwork(build)),
  };
}

const subnetsOf = ({ IPAM }: z.infer<typeof networkSchema>): string[] => IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? [];

const isInUse = (error: unknown): boolean => ALREADY_EXISTS.includes(statusOf(error) ?? 0) && /exist|use|overlap/i.test(messageOf(error));

async function createNetwork(
  client: EngineClient,
  { name, device, labels, subnet }: { name: string; device: string; labels: Record<string, string>; subnet: string },
): Promise<void> {
  const gateway = gatewayOf(subnet);
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

type Modem = EngineClient["streams"]["modem"];

/** A call that the client library does not know. */
function dial(modem: Modem, path: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { path, method: "POST", options: body, statusCodes: { 200: true, 201: true, 409: "exists", 500: "server error" } };
    modem.dial(options, (error: unknown, data: unknown) => (error ? reject(error) : resolve(data)));
  });
}
