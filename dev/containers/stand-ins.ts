/**
 * Stand-ins for the usual base images, where no image registry can be reached: made from Debian's and npm's packages, with this machine's
 * certificate authorities, under the usual names. They are made once and kept in the user's cache, as a store that all stacks read.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { installPackages } from "../apt.ts";
import { cacheFolder } from "../data/cache.ts";
import { takeLock } from "../data/lock.ts";
import { run } from "../process/run.ts";
import { type ProgressSink, step } from "../progress.ts";
import { until } from "../time.ts";
import { podmanEnvironment } from "./podman.ts";

/** A new number makes the images again. */
const VERSION = 1;
const NODE_VERSION = "20.20.2";
const NPM_VERSION = "10.9.4";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const MAKE_TIMEOUT_MS = 600_000;
const LOCK_TIMEOUT_MS = 900_000;
const LOCK_INTERVAL_MS = 500;
const KEY_CHARACTERS = 12;

const REGISTRY = "https://registry-1.docker.io/v2/";
const REGISTRY_TIMEOUT_MS = 5_000;

/** Programs of every language read the authorities from one of these. */
const AUTHORITY_VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"].map(
  (name) => `${name}=${AUTHORITIES}`,
);
const APT = (packages: string) =>
  `RUN apt-get update -q && apt-get install -yq --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`;

type Image = { names: readonly string[]; files: readonly string[]; dockerfile: string };

const IMAGES: readonly Image[] = [
  {
    names: ["debian:12", "debian:bookworm", "debian:12-slim", "debian:bookworm-slim"],
    files: ["debian.tar", "authorities.crt"],
    dockerfile: `FROM scratch
ADD debian.tar /
COPY authorities.crt ${AUTHORITIES}
ENV ${AUTHORITY_VARIABLES.join(" ")}
CMD ["bash"]`,
  },
  {
    names: ["node:20", "node:20-slim", "node:20-bookworm", "node:20-bookworm-slim"],
    files: ["node", "npm"],
    dockerfile: `FROM debian:12
COPY node/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN cd /usr/local/bin && for name in npm npx; do ln -s ../lib/node_modules/npm/bin/$name-cli.js $name; done && chmod +x ../lib/node_modules/npm/bin/*-cli.js && npm --version
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
CMD ["node"]`,
  },
  {
    names: ["python:3.11", "python:3.11-slim", "python:3.11-bookworm", "python:3.11-slim-bookworm"],
    files: [],
    dockerfile: `FROM debian:12
${APT("python3 python3-pip python3-venv python3-flask gunicorn")} && ln -s /usr/bin/python3 /usr/local/bin/python && rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED
ENV PYTHONUNBUFFERED=1 PIP_ROOT_USER_ACTION=ignore
CMD ["python3"]`,
  },
  {
    names: ["nginx", "nginx:latest", "nginx:stable", "nginx:1"],
    files: [],
    dockerfile: `FROM debian:12
${APT("nginx-light gettext-base")} && rm -f /etc/nginx/sites-enabled/default && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
RUN printf 'server {\\n  listen 80;\\n  root /usr/share/nginx/html;\\n}\\n' > /etc/nginx/conf.d/default.conf
RUN printf '#!/bin/sh\\nfor t in /etc/nginx/templates/*.template; do [ -e "$t" ] && envsubst "$(env | sed "s/=.*//; s/^/\\$/" | tr "\\n" " ")" < "$t" > "/etc/nginx/conf.d/$(basename "$t" .template)"; done\\nexec "$@"\\n' > /docker-entrypoint.sh && chmod +x /docker-entrypoint.sh
EXPOSE 80
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]`,
  },
  {
    names: ["busybox", "busybox:latest", "busybox:1"],
    files: [],
    dockerfile: `FROM debian:12 AS made
${APT("busybox-static")} && mkdir -p /out/bin && cp /bin/busybox /out/bin/ && chroot /out /bin/busybox --install -s /bin
FROM scratch
COPY --from=made /out /
CMD ["sh"]`,
  },
];

export const STAND_IN_NAMES = IMAGES.map(({ names: [name] }) => name);

/** Whether base images can be pulled. */
export async function reachesRegistry(): Promise<boolean> {
  return fetch(REGISTRY, { signal: AbortSignal.timeout(REGISTRY_TIMEOUT_MS) }).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
}

/** Makes the images unless they are in the cache. @returns the store that has them @throws SetupError */
export async function provideStandIns(log: ProgressSink): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([VERSION, NODE_VERSION, NPM_VERSION, IMAGES]))
    .digest("hex");
  const folder = join(cacheFolder(undefined), `base-images-${key.slice(0, KEY_CHARACTERS)}`);
  const release = await until(async () => takeLock(`${folder}.lock`), { timeoutMs: LOCK_TIMEOUT_MS, intervalMs: LOCK_INTERVAL_MS });
  try {
    if (!existsSync(folder)) await step(log, "base images", "making stand-ins, once", () => make(folder, log));
    return join(folder, "images");
  } finally {
    release();
  }
}

/** The folder is renamed into place, so an interrupted make leaves no incomplete one. */
async function make(folder: string, log: ProgressSink): Promise<void> {
  await installPackages(["mmdebstrap"], "Base images of deploys", log);
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  const work = join(draft, "work");
  mkdirSync(work, { recursive: true });
  const env = podmanEnvironment(join(work, "podman"), { storage: draft, run: join(work, "run") });
  await Promise.all([
    makeDebian(work),
    ...[`node-linux-${nodeArchitecture()}@${NODE_VERSION}`, `npm@${NPM_VERSION}`].map((name) => unpack(name, work)),
  ]);
  copyFileSync(AUTHORITIES, join(work, "authorities.crt"));
  for (const image of IMAGES) await build(image, work, env);
  await run("podman", ["umount", "--all", "--force"], { env, purpose: "Base images", timeoutMs: MAKE_TIMEOUT_MS });
  rmSync(work, { recursive: true, force: true });
  renameSync(draft, folder);
}

const nodeArchitecture = (): string => (process.arch === "arm64" ? "arm64" : "x64");

async function makeDebian(work: string): Promise<void> {
  const args = ["--mode=root", "--variant=minbase", "--include=ca-certificates", "bookworm", join(work, "debian.tar")];
  await run("mmdebstrap", args, { purpose: "The base image debian:12", timeoutMs: MAKE_TIMEOUT_MS, env: { PATH: process.env.PATH ?? "" } });
}

/** Unpacks a package of npm into a folder of the kind's name, `node` or `npm`. */
async function unpack(name: string, work: string): Promise<void> {
  const options = { purpose: `The package ${name}`, timeoutMs: MAKE_TIMEOUT_MS, cwd: work };
  const archive = (await run("npm", ["pack", "--silent", name], options)).trim().split("\n").at(-1) ?? "";
  const target = join(work, name.startsWith("npm@") ? "npm" : "node");
  mkdirSync(target);
  await run("tar", ["-xzf", archive, "-C", target, "--strip-components=1", "--no-same-owner"], options);
}

async function build({ names, files, dockerfile }: Image, work: string, env: Record<string, string>): Promise<void> {
  const context = join(work, "context");
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context);
  for (const file of files) renameSync(join(work, file), join(context, file));
  writeFileSync(join(context, "Dockerfile"), `${dockerfile}\n`);
  const tags = names.flatMap((name) => ["--tag", `docker.io/library/${name.includes(":") ? name : `${name}:latest`}`]);
  // Our own instructions: they may use the machine's network.
  const args = ["build", "--quiet", "--pull=never", "--isolation=oci", "--network=host", "--layers=false", ...tags, context];
  const result = await execa("podman", args, {
    env,
    extendEnv: false,
    timeout: MAKE_TIMEOUT_MS,
    reject: false,
    all: true,
    stdin: "ignore",
  });
  if (result.failed) throw new Error(`the base image ${names[0]} could not be made:\n${(result.all ?? "").slice(-2_000)}`);
}
