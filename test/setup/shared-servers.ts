/**
 * What test files share, for all projects of a run: a stack for each test process, one stack that builds and runs apps, and a PostgreSQL
 * for the registries of bridges.
 * After the last test the stacks' logs and stores are searched for secrets.
 */
import type { TestProject } from "vitest/node";
import { expectNoLeaks } from "../support/leaks.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { startTestStack } from "../support/stack.ts";
import { type Lent, openLender } from "./lender.ts";

/** Bridges of several files at once keep their connections to it. */
const REGISTRY_CONNECTIONS = "300";

/** The first project that asks opens the lender and closes it; the root project passes its address on to all. */
export async function setup(project: TestProject): Promise<undefined | (() => Promise<void>)> {
  const root = project.vitest.getRootProject();
  if (root.getProvidedContext().lenderUrl !== undefined) return undefined;
  const lender = await openLender(lend);
  root.provide("lenderUrl", lender.url);
  return lender.close;
}

async function lend(name: string): Promise<Lent> {
  if (name === "registry-postgres") return lendPostgres();
  if (name === "apps-stack")
    return lendStack({ deploys: true, bridgeEnv: { BRIDGE_DRAIN_SECONDS: "1", BRIDGE_PROBE_SECONDS: "15", BRIDGE_BUILD_DISK_MB: "1024" } });
  if (name.startsWith("stack-")) return lendStack();
  throw new Error(`there is no ${name} to lend`);
}

async function lendPostgres(): Promise<Lent> {
  const { url, dispose } = await startTestPostgres({ settings: { max_connections: REGISTRY_CONNECTIONS } });
  return { facts: url, dispose };
}

async function lendStack(options: Parameters<typeof startTestStack>[0] = {}): Promise<Lent> {
  const { facts, dispose } = await startTestStack(options);
  return { facts, dispose: () => expectNoLeaks(facts).finally(dispose) };
}
