/**
 * `npm run deploy [-- --dry-run]`: builds what is generated and deploys the production Worker, so that `/healthz` names the commit
 * that runs. Anything else after `--` goes to wrangler. Its credentials and its questions are wrangler's own.
 */
import { execa } from "execa";
import { deployArguments } from "./build-worker.ts";

const { stdout: changes } = await execa("git", ["status", "--porcelain"], { reject: false });
if (changes !== "") console.warn("Not everything is committed: /healthz will name the last commit all the same.");
const { exitCode } = await execa("wrangler", [...(await deployArguments("production")), ...process.argv.slice(2)], {
  preferLocal: true,
  reject: false,
  stdio: "inherit",
});
process.exitCode = exitCode ?? 1;
