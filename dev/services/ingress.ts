/** The proxy in front of the apps: HAProxy, with a wildcard certificate of this data directory's own authority. */
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../../provisioner-bridge/ingress/haproxy/admin.ts";
import { errorFiles, ingressConfiguration } from "../../provisioner-bridge/ingress/haproxy/configuration.ts";
import { MAP_NAMES } from "../../provisioner-bridge/ingress/haproxy/maps.ts";
import { mapFile } from "../../provisioner-bridge/ingress/haproxy/proxy.ts";
import { installPackages } from "../apt.ts";
import { serversFolder } from "../data/servers.ts";
import { makeCertificates } from "../ingress/certificates.ts";
import { findHaproxy } from "../ingress/haproxy.ts";
import type { DataPaths } from "../paths.ts";
import { freeUdpPort, HOST } from "../ports.ts";
import { onPath } from "../process/on-path.ts";
import { processService, type Surroundings } from "../process/process-service.ts";
import { unprivilegedUser } from "../process/users.ts";
import type { DeployPart } from "../service.ts";

const NAME = "ingress";
/** Every client resolves names below `localhost` to this machine, or can be told to. */
const DOMAIN = "deployment.localhost";
const PACKAGES = ["haproxy", "openssl"];
const READY_TIMEOUT_MS = 15_000;
/** SIGTERM ends running requests too. */
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 3_000 }] as const;
const FOLDER_MODE = 0o755;
const PRIVATE_FILE = 0o600;

export interface Ingress extends DeployPart {
  /** An app's URL is `https://<app_id>.<domain>`; with the port. */
  readonly domain: string;
  /** The certificate by which clients trust the apps' addresses. */
  readonly rootCertificate: string;
}

export interface IngressOptions {
  paths: DataPaths;
  port: number;
}

export function ingress({ paths, port }: IngressOptions, surroundings: Surroundings): Ingress {
  const authority = join(paths.dataDir, NAME);
  const rootCertificate = join(authority, "root.crt");
  const domain = `${DOMAIN}:${port}`;
  /** Chosen at the first start: HAProxy and the bridge must agree on it, also after a restart of one of them. */
  let requests: string | undefined;
  const files = (): Files => filesIn(join(serversFolder(paths, unprivilegedUser()), NAME));
  const running = processService(
    {
      name: NAME,
      spec: (logFile) => ({
        command: findHaproxy() ?? "haproxy",
        args: ["-db", "-f", files().configuration],
        env: {},
        cwd: "/",
        user: unprivilegedUser(),
        logFile,
        orphanSignal: "TERM",
      }),
      probe: async () => void (await ask(files().socket, "show version")),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopSteps: STOP_STEPS,
    },
    surroundings,
  );
  return {
    ...running,
    name: NAME,
    isOptional: true,
    ports: ["ingress"],
    domain,
    rootCertificate,
    rows: [
      { what: "deployed apps", where: `https://<app_id>.${domain}`, note: "curl --cacert with the file below" },
      { what: "their certificate", where: rootCertificate, note: "is trusted by nothing on this machine" },
    ],
    workerVars: () => ({ DEPLOYMENT_DOMAIN: domain }),
    bridgeEnvironment() {
      const { socket, maps } = files();
      return { BRIDGE_INGRESS: JSON.stringify({ socket, maps, requests }) };
    },
    present: async () => findHaproxy() !== undefined && onPath("openssl") !== undefined,
    install: (log) => installPackages(PACKAGES, "Addresses of deployed apps", log),
    async start() {
      const { bundle } = await makeCertificates(authority, DOMAIN);
      requests ??= `${HOST}:${await freeUdpPort()}`;
      writeFiles(files(), { bundle, bind: `${HOST}:${port}`, requests });
      await running.start();
    },
  };
}

type Files = ReturnType<typeof filesIn>;

const filesIn = (folder: string) => ({
  folder,
  configuration: join(folder, "haproxy.cfg"),
  certificate: join(folder, "apps.pem"),
  socket: join(folder, "admin.sock"),
  maps: join(folder, "maps"),
  errors: join(folder, "errors"),
});

/** The maps outlive a restart, so that apps are served before the bridge is up. */
function writeFiles(files: Files, { bundle, bind, requests }: { bundle: string; bind: string; requests: string }): void {
  const { folder, configuration, certificate, socket, maps, errors } = files;
  const user = unprivilegedUser();
  for (const directory of [folder, maps, errors]) mkdirSync(directory, { recursive: true, mode: FOLDER_MODE });
  writeFileSync(certificate, bundle, { mode: PRIVATE_FILE });
  for (const { name, text } of errorFiles()) writeFileSync(join(errors, name), text);
  for (const name of MAP_NAMES) writeFileSync(mapFile(maps, name), "", { flag: "a" });
  writeFileSync(configuration, ingressConfiguration({ bind, certificate, domain: DOMAIN, socket, maps, errors, requests }));
  // It makes its socket in the folder.
  if (user !== undefined) for (const path of [folder, certificate]) chownSync(path, user.uid, user.gid);
}
