/**
 * The layers of tests, each with a script of its own (`npm run test:<layer>`). `groupOrder` runs them one after another,
 * cheapest first, so that the layers do not take the two cores of a small machine from each other.
 */
import { mkdirSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { workerBindings } from "./test/setup/worker-bindings.ts";

const SECOND_MS = 1000;

// wrangler.toml names this folder, and reading the configuration fails where it is missing.
mkdirSync("dist/assets", { recursive: true });

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], sequence: { groupOrder: 0 }, testTimeout: 10 * SECOND_MS },
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
          sequence: { groupOrder: 1 },
          testTimeout: 15 * SECOND_MS,
        },
      },
      {
        test: {
          name: "engines",
          include: ["test/engines/**/*.test.ts"],
          sequence: { groupOrder: 2 },
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 120 * SECOND_MS,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          sequence: { groupOrder: 3 },
          testTimeout: 60 * SECOND_MS,
          hookTimeout: 180 * SECOND_MS,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          sequence: { groupOrder: 4 },
          testTimeout: 600 * SECOND_MS,
          hookTimeout: 180 * SECOND_MS,
        },
      },
    ],
  },
});
