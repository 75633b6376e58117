/** Podman's service, run by this stack: it answers the Docker Engine API at a socket in the data directory. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { processService, type Running, type Surroundings } from "../process/process-service.ts";
import { isRoot } from "../process/users.ts";
import { SetupError } from "../setup-error.ts";
import { answers } from "./docker.ts";
import { podmanEnvironment, stopContainers } from "./podman.ts";
import { provideStandIns, reachesRegistry, STAND_IN_NAMES } from "./stand-ins.ts";

const READY_TIMEOUT_MS = 30_000;
const STOP_STEPS = [{ signal: "SIGTERM", waitMs: 5_000 }] as const;

export type PodmanService = Omit<Running, "start"> & {
  /** @returns whether base images are pulled, or are stand-ins. @throws SetupError */
  start(): Promise<{ socket: string; pull: "missing" | "never" }>;
};

export function podmanService(name: string, folder: string, surroundings: Surroundings): PodmanService {
  const socket = join(folder, "engine.sock");
  let running: Running | undefined;
  let env: Record<string, string> = {};
  const serviceOf = (): Running =>
    processService(
      {
        name,
        spec: (logFile) => ({
          command: "podman",
          args: ["system", "service", "--time=0", `unix://${socket}`],
          env,
          cwd: "/",
          logFile,
          orphanSignal: "TERM",
        }),
        probe: async () => {
          if (!(await answers(socket))) throw new Error("the service does not answer");
        },
        readyTimeoutMs: READY_TIMEOUT_MS,
        stopSteps: STOP_STEPS,
      },
      surroundings,
    );
  return {
    async start() {
      if (!isRoot()) throw new SetupError("Podman runs apps as root only.", ["sudo npm start, or install Docker Engine"]);
      const images = (await reachesRegistry()) ? undefined : await provideStandIns(surroundings.log);
      if (images !== undefined) {
        const text = `no image registry answers: ${STAND_IN_NAMES.join(", ")} are stand-ins made from Debian's and npm's packages`;
        surroundings.log({ kind: "note", subject: "base images", text });
      }
      const folders = { storage: join(folder, "storage"), run: join(folder, "run") };
      env = podmanEnvironment(folder, { ...folders, ...(images === undefined ? {} : { images }) });
      rmSync(socket, { force: true });
      running ??= serviceOf();
      await running.start();
      return { socket, pull: images === undefined ? "missing" : "never" };
    },
    ready: async () => running?.ready(),
    async stop() {
      if (running === undefined) return;
      await stopContainers(env);
      await running.stop();
    },
    pid: () => running?.pid(),
    kill: (signal) => running?.kill(signal),
  };
}
