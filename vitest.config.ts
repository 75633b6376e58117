/**
 * The layers of tests, each with a script of its own (`npm run test:<layer>`). `groupOrder` runs the cheap ones first, so that a
 * mistake is found soon. It starts at 1: vitest runs group 0 last.
 */
import { mkdirSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { SlowestFirst } from "./test/setup/slowest-first.ts";
import { workerBindings } from "./test/setup/worker-bindings.ts";

const SECOND_MS = 1000;

/**
 * Files that need servers, of all layers, run side by side: many wait for a lease or a cache most of their time, and leave the cores
 * to the others. A process runs one file after the other and keeps what it has loaded.
 */
const withServers = {
  maxWorkers: 3,
  isolate: false,
  sequence: { groupOrder: 3 },
  testTimeout: 60 * SECOND_MS,
  hookTimeout: 180 * SECOND_MS,
};

// wrangler.toml names this folder, and reading the configuration fails where it is missing.
mkdirSync("dist/assets", { recursive: true });

export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    /** After the last test every stack stops, and its stores are searched for secrets. */
    teardownTimeout: 180 * SECOND_MS,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          maxWorkers: 2,
          // Loading takes longer than most tests do. No file leaves anything behind in a module.
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 15 * SECOND_MS,
        },
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
          ...withServers,
          name: "engines",
          include: ["test/engines/**/*.test.ts"],
          globalSetup: ["./test/setup/engine-servers.ts", "./test/setup/shared-servers.ts"],
        },
      },
      {
        test: {
          ...withServers,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          setupFiles: ["./test/setup/fresh-connections.ts"],
          globalSetup: ["./test/setup/programs.ts", "./test/setup/shared-servers.ts"],
        },
      },
      {
        test: {
          ...withServers,
          name: "apps",
          include: ["test/apps/**/*.test.ts"],
          setupFiles: ["./test/setup/fresh-connections.ts"],
          globalSetup: ["./test/setup/programs.ts", "./test/setup/shared-servers.ts"],
          testTimeout: 240 * SECOND_MS,
          hookTimeout: 400 * SECOND_MS,
        },
      },
      {
        test: {
          ...withServers,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          setupFiles: ["./test/setup/fresh-connections.ts"],
          globalSetup: ["./test/setup/chromium.ts", "./test/setup/shared-servers.ts"],
        },
      },
      {
        test: { ...withServers, name: "faults", include: ["test/faults/**/*.test.ts"], testTimeout: 600 * SECOND_MS },
      },
    ],
  },
});
