/** What a deploy costs at least: build and run by the container engine itself, without any of our programs. */
import { once } from "node:events";
import { get } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { z } from "zod";
import { APP_LABEL } from "../../../provisioner-bridge/services/docker/names.ts";
import { PreconditionError } from "../precondition.ts";

const PORT = 8080;
const POLL_MS = 5;
const ANSWER_TIMEOUT_MS = 30_000;
const LAST_OUTPUT = 500;

const inspectedSchema = z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }) });

export type Raw = {
  build(name: string, tar: Buffer): Promise<void>;
  /** Runs an image in a new container; resolves at the first 200. */
  run(container: string, image: string): Promise<void>;
  /** Where the container of an app answers, "host:port". */
  addressOf(appId: string): Promise<string>;
  removeContainer(name: string): Promise<void>;
  removeImage(name: string): Promise<void>;
};

/** @param socket of the container engine */
export function rawEngine(socket: string): Raw {
  const docker = new Docker({ socketPath: socket });
  const call = <T>(act: (docker: Docker) => Promise<T>): Promise<T> => act(docker);
  const imageOf = (name: string) => `localhost/bench/${name}`;
  return {
    async build(name, tar) {
      const output = await call((engine) => engine.buildImage(Readable.from([tar]), { t: imageOf(name) }));
      let text = "";
      output.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      await once(output, "end");
      if (text.includes('"error"')) throw new PreconditionError(`the raw build failed: ${text.slice(-LAST_OUTPUT)}`);
    },
    async run(name, image) {
      const options = { Image: imageOf(image), Env: [`PORT=${PORT}`], HostConfig: { NetworkMode: "bridge" } };
      const container = await docker.createContainer({ ...options, name: containerOf(name) });
      await container.start();
      await untilOk(`http://${await addressOf(container)}/`);
    },
    async addressOf(appId) {
      const [found] = await call((engine) => engine.listContainers({ filters: { label: [`${APP_LABEL}=${appId}`] } }));
      return addressOf(docker.getContainer(found?.Id ?? ""));
    },
    removeContainer: (name) => docker.getContainer(containerOf(name)).remove({ force: true }),
    async removeImage(name) {
      await call((engine) => engine.getImage(imageOf(name)).remove({ force: true }));
    },
  };
}

async function addressOf(container: Docker.Container): Promise<string> {
  const { NetworkSettings } = inspectedSchema.parse(await container.inspect());
  const [network] = Object.values(NetworkSettings.Networks);
  return `${network?.IPAddress}:${PORT}`;
}

const containerOf = (name: string) => `bench-${name}`;

/** @throws PreconditionError when it does not answer 200 in time */
async function untilOk(url: string): Promise<void> {
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  while ((await statusOf(url)) !== 200) {
    if (performance.now() > deadline) throw new PreconditionError(`${url} does not answer 200`);
    await delay(POLL_MS);
  }
}

/** 0 while there is no answer. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, timeout: ANSWER_TIMEOUT_MS }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.on("error", () => resolve(0)).on("timeout", () => asked.destroy());
  });
}
