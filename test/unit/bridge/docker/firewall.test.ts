import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EnvironmentError, readFirewallEnv } from "../../../../provisioner-bridge/env.ts";
import { egressText } from "../../../../provisioner-bridge/services/docker/egress.ts";
import { firewallRules } from "../../../../provisioner-bridge/services/docker/firewall.ts";
import { createNames } from "../../../../provisioner-bridge/services/docker/names.ts";

const RUNNER = JSON.stringify({ driver: "docker", socket: "/run/podman/podman.sock", subnets: "10.201.0.0/16" });
const read = (BUILD_EGRESS_ALLOW: string) => readFirewallEnv({ BRIDGE_RUNNER: RUNNER, BUILD_EGRESS_ALLOW });

test("docs/operations.md shows the rules as the program prints them for the variables named there", () => {
  const operations = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const variables = Object.fromEntries(
    [...operations.matchAll(/^(APP_EGRESS_ALLOW|BUILD_EGRESS_ALLOW)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(Object.keys(variables)).toHaveLength(2);
  const shown = /```nft\n(.*?)```/s.exec(operations)?.[1];
  expect(shown).toBe(firewallRules(readFirewallEnv({ BRIDGE_RUNNER: RUNNER, ...variables })));
});

test("a list of what containers may reach is read, and written again", () => {
  const text = "10.0.0.5:5432,10.1.0.0/16:80-443,10.0.0.2:53/udp";
  expect(
    read(` ${text.replaceAll(",", " , ")},10.0.0.5:5432`)
      .builds.map(egressText)
      .join(","),
  ).toBe(text);
  expect(read("")).toEqual({ prefix: "inode", subnets: "10.201.0.0/16", apps: [], builds: [] });
});

test.each([
  "10.0.0.5",
  "10.0.0.256:80",
  "10.0.0.0/33:80",
  "10.0.0.5:0",
  "10.0.0.5:90-80",
  "10.0.0.5:65536",
  "::1:80",
  "10.0.0.5:80/icmp",
  "a:80",
  "10.0.0.5:80 } }",
])("the entry %s is refused", (entry) => expect(() => read(entry)).toThrow(EnvironmentError));

test("the firewall tells the interfaces of builds from those of services by their names, which the kernel accepts", () => {
  const names = createNames("i1234567");
  const ref = { serviceId: crypto.randomUUID(), appId: "calm-fox-1a2b", release: 3 };
  expect(names.interfaceOf(names.buildNetwork(ref))).toMatch(/^i12345b[0-9a-f]{8}$/);
  expect(names.interfaceOf(names.network(ref.serviceId))).toMatch(/^i12345s[0-9a-f]{8}$/);
  expect(firewallRules({ prefix: "i1234567", subnets: "10.201.0.0/16", apps: [], builds: [] })).toContain('iifname "i12345b*"');
});
