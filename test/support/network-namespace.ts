/** A network namespace with a way to this machine, as a container's is. Needs root and iproute2. */
import { type ExecaError, execa } from "execa";

const TIMEOUT_MS = 30_000;

export type NetworkNamespace = {
  /** Runs a program inside, as a child process that ends with the namespace. */
  run(command: string, args: readonly string[], env?: Record<string, string>): ReturnType<typeof execa>;
  remove(): Promise<void>;
};

/** @param id 1 to 254, unlike that of every other one on this machine */
export async function makeNetworkNamespace(id: number): Promise<NetworkNamespace> {
  const [name, outer, inner] = [`instanode-test-${id}`, `int${id}o`, `int${id}i`];
  const [gateway, address] = [`10.199.${id}.1`, `10.199.${id}.2`];
  const ip = (...args: string[]) => execa("ip", args, { timeout: TIMEOUT_MS });
  const remove = async () => {
    await ip("netns", "delete", name).catch((error: ExecaError) => error);
    await ip("link", "delete", outer).catch((error: ExecaError) => error);
  };
  await remove();
  await ip("netns", "add", name);
  await ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name);
  await ip("address", "add", `${gateway}/24`, "dev", outer);
  await ip("link", "set", outer, "up");
  await ip("-n", name, "address", "add", `${address}/24`, "dev", inner);
  await ip("-n", name, "link", "set", inner, "up");
  await ip("-n", name, "link", "set", "lo", "up");
  await ip("-n", name, "route", "add", "default", "via", gateway);
  return {
    run: (command, args, env = {}) => execa("ip", ["netns", "exec", name, command, ...args], { env }),
    remove,
  };
}
