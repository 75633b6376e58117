/** Prints the firewall rules of this bridge's containers, for `nft -f`. Reads the variables of the bridge. docs/operations.md. */
import { EnvironmentError, readFirewallEnv } from "./env.ts";
import { firewallRules } from "./services/docker/firewall.ts";

try {
  process.stdout.write(firewallRules(readFirewallEnv()));
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
