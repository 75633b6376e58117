/** `npm run build:assets`: dist/assets = assets/ and the files of the interactive reference, so that no page needs a CDN. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ASSETS = fileURLToPath(new URL("../assets", import.meta.url));
const TARGET = fileURLToPath(new URL("../dist/assets", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const SWAGGER_UI_FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(join(TARGET, "docs"), { recursive: true });
cpSync(ASSETS, TARGET, { recursive: true });
for (const file of SWAGGER_UI_FILES) cpSync(join(SWAGGER_UI, file), join(TARGET, "docs", file));
