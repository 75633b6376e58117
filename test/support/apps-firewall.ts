/** The firewall of the stack that runs apps, its engine, and where its containers are. */
import { dirname, join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import { z } from "zod";
import { placeOf } from "../../dev/services/container-engine.ts";
import { canInstallFirewall } from "../../dev/services/firewall.ts";
import { firewallTable } from "../../provisioner-bridge/services/docker/firewall.ts";
import type { StackFacts } from "./stack.ts";

const TIMEOUT_MS = 10_000;
export const hasFirewall = canInstallFirewall();

const dataDirOf = ({ deploysDir }: StackFacts): string => dirname(deploysDir);
export const engineOf = (stack: StackFacts): Docker => new Docker({ socketPath: join(dataDirOf(stack), "containers", "engine.sock") });
export const prefixOf = (stack: StackFacts): string => placeOf({ dataDir: dataDirOf(stack) }).prefix;

export async function nft(...args: string[]): Promise<string> {
  const { stdout } = await execa("nft", args, { timeout: TIMEOUT_MS, env: { PATH: `${process.env.PATH ?? ""}:/usr/sbin` } });
  return stdout;
}

/** Lets apps reach one more server while the work runs. */
export async function whileOpen<T>(stack: StackFacts, { host, port }: { host: string; port: number }, work: () => Promise<T>): Promise<T> {
  const element = ["inet", firewallTable(prefixOf(stack)), "apps", `{ ${host} . tcp . ${port} }`];
  await nft("add", "element", ...element);
  try {
    return await work();
  } finally {
    await nft("delete", "element", ...element);
  }
}

const inspectedSchema = z.object({
  State: z.object({ Pid: z.number() }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string(), Gateway: z.string() })) }),
});

/** The container of a deployment's only release. */
export async function containerOf(
  stack: StackFacts,
  appId: string,
): Promise<{ pid: number; address: string; gateway: string; network: string }> {
  const found = inspectedSchema.parse(
    await engineOf(stack)
      .getContainer(`${prefixOf(stack)}-${appId}-1`)
      .inspect(),
  );
  const [[network, { IPAddress, Gateway }] = ["", { IPAddress: "", Gateway: "" }]] = Object.entries(found.NetworkSettings.Networks);
  return { pid: found.State.Pid, address: IPAddress, gateway: Gateway, network };
}
