/** The Dockerfile that we write for a source without one. It stands in the build log, so that its owner can take it over. */
import { z } from "zod";
import type { Recipe } from "../../../contract/deploys.ts";
import type { TarFacts } from "./tar-headers.ts";

/** Files whose text decides what the Dockerfile says. */
export const READ_FILES: ReadonlySet<string> = new Set(["Dockerfile", "package.json", "requirements.txt", "Procfile"]);

export type Recognized = {
  recipe: Recipe;
  /** Null for the source's own Dockerfile. */
  dockerfile: string | null;
  /** Whether the Dockerfile has a RUN instruction. True also for one that is too large to be read. */
  hasRun: boolean;
};

/** @returns null when the source has no Dockerfile and nothing is recognized */
export function recognize(facts: TarFacts): Recognized | null {
  const { rootFiles, texts } = facts;
  if (rootFiles.has("Dockerfile")) return { recipe: "dockerfile", dockerfile: null, hasRun: hasRun(texts.get("Dockerfile")) };
  if (rootFiles.has("package.json")) return written("node", nodeDockerfile(facts));
  if (rootFiles.has("requirements.txt") || rootFiles.has("pyproject.toml")) return written("python", pythonDockerfile(facts));
  if (rootFiles.has("index.html")) return written("static", STATIC_DOCKERFILE);
  return null;
}

const written = (recipe: Recipe, dockerfile: string): Recognized => ({ recipe, dockerfile, hasRun: hasRun(dockerfile) });

/** Instructions may be indented and in any case. */
const hasRun = (dockerfile: string | undefined): boolean => dockerfile === undefined || /^[ \t]*RUN\b/im.test(dockerfile);

const packageSchema = z.object({
  main: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

const NODE_FILES = ["server.js", "index.js", "app.js", "main.js", "server.mjs", "index.mjs"];

function nodeDockerfile({ rootFiles, texts }: TarFacts): string {
  const { main, dependencies = {}, devDependencies = {}, scripts = {} } = packageOf(texts.get("package.json"));
  const hasBuild = "build" in scripts;
  const needsPackages = Object.keys(dependencies).length > 0 || (hasBuild && Object.keys(devDependencies).length > 0);
  const install = rootFiles.has("package-lock.json") ? "npm ci" : "npm install";
  const file = main !== undefined && rootFiles.has(main) ? main : (NODE_FILES.find((name) => rootFiles.has(name)) ?? "index.js");
  const command = "start" in scripts ? ["npm", "start"] : ["node", file];
  return lines(
    "FROM node:20",
    "WORKDIR /app",
    "COPY . .",
    needsPackages && `RUN ${install}${hasBuild ? "" : " --omit=dev"}`,
    hasBuild && "RUN npm run build",
    "ENV NODE_ENV=production",
    `CMD ${JSON.stringify(command)}`,
  );
}

function packageOf(text = "{}"): z.infer<typeof packageSchema> {
  try {
    return packageSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

const PYTHON_FILES = ["app.py", "main.py", "server.py", "wsgi.py"];
/** A Procfile's line for web processes, e.g. "web: gunicorn app:app". */
const WEB_PROCESS = /^web:\s*(\S.*)$/m;

function pythonDockerfile({ rootFiles, texts }: TarFacts): string {
  const requirements = texts.get("requirements.txt") ?? "";
  const file = PYTHON_FILES.find((name) => rootFiles.has(name)) ?? "app.py";
  const [, process] = WEB_PROCESS.exec(texts.get("Procfile") ?? "") ?? [];
  const flask = `flask --app ${file.replace(/\.py$/, "")} run --host 0.0.0.0 --port $PORT`;
  const command = process?.trim() ?? (/^flask\b/im.test(requirements) ? flask : `python ${file}`);
  return lines(
    "FROM python:3.11",
    "WORKDIR /app",
    "COPY . .",
    rootFiles.has("requirements.txt") ? "RUN pip install --no-cache-dir -r requirements.txt" : "RUN pip install --no-cache-dir .",
    "ENV PYTHONUNBUFFERED=1",
    `CMD ${JSON.stringify(["sh", "-c", `exec ${command}`])}`,
  );
}

const STATIC_DOCKERFILE = lines(
  "FROM nginx",
  "COPY . /usr/share/nginx/html",
  "RUN rm -f /usr/share/nginx/html/.instanode-* && mkdir -p /etc/nginx/templates",
  `RUN printf 'server {\\n  listen \${PORT};\\n  root /usr/share/nginx/html;\\n}\\n' > /etc/nginx/templates/default.conf.template`,
);

function lines(...parts: readonly (string | false)[]): string {
  return `${parts.filter((part) => part !== false).join("\n")}\n`;
}
