/**
 * `npm run deploy [-- --dry-run]`: deploys the production Worker with its commit as a constant, which `/healthz` reports. Further
 * arguments go to wrangler, which also asks for its credentials.
 */
import { execa } from "execa";
import { deployArguments } from "./build-worker.ts";

const { stdout: changes } = await execa("git", ["status", "--porcelain"], { reject: false });
if (changes !== "") console.warn("There are uncommitted changes: /healthz will name the last commit, which does not contain them.");
const { exitCode } = await execa("wrangler", [...(await deployArguments("production")), ...process.argv.slice(2)], {
  preferLocal: true,
  reject: false,
  stdio: "inherit",
});
process.exitCode = exitCode ?? 1;
