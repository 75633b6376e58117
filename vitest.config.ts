/**
 * The layers of tests, each with a script of its own (`npm run test:<layer>`). `groupOrder` runs them one after another,
 * cheapest first, so that they do not take the two cores of a small machine from each other. It starts at 1: vitest runs group 0 last.
 */
import { mkdirSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { workerBindings } from "./test/setup/worker-bindings.ts";

const SECOND_MS = 1000;
/** Every file of this layer starts servers of its own. */
const ENGINE_FILES_AT_ONCE = 2;

// wrangler.toml names this folder, and reading the configuration fails where it is missing.
mkdirSync("dist/assets", { recursive: true });

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], sequence: { groupOrder: 1 }, testTimeout: 15 * SECOND_MS },
      },
      {
        plugins: [
          cloudflareTest({
            main: "./test/objects/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: await workerBindings() },
          }),
        ],
        test: {
          name: "objects",
          include: ["test/objects/**/*.test.ts"],
          setupFiles: ["./test/setup/reset-objects.ts"],
          isolate: false,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 30 * SECOND_MS,
        },
      },
      {
        test: {
          name: "engines",
          include: ["test/engines/**/*.test.ts"],
          globalSetup: ["./test/setup/engine-servers.ts"],
          maxWorkers: ENGINE_FILES_AT_ONCE,
          sequence: { groupOrder: 3 },
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 120 * SECOND_MS,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["./test/support/e2e-setup.ts"],
          // One stack for all files, and some of them look at everything it holds.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 180 * SECOND_MS,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/setup/chromium.ts", "./test/support/e2e-setup.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 5 },
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 180 * SECOND_MS,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          // A stack each; most of their time they wait for leases to end.
          maxWorkers: 2,
          sequence: { groupOrder: 6 },
          testTimeout: 600 * SECOND_MS,
          hookTimeout: 180 * SECOND_MS,
        },
      },
    ],
  },
});
