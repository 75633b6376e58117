/** The bridge as a program: what it needs to start, how it stops, TLS, keys from an address, fault points in their order. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { JOBS_PATH } from "../../../contract/jobs.ts";
import { createPoints, dropPoints } from "../../../provisioner-bridge/faults.ts";
import { createJob, dropJob } from "../../support/bridge.ts";
import { listed, useBridge, verifyCleanSlate } from "./fixture.ts";

const fixture = useBridge();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Program = { child: ChildProcess; output: () => string; exit: Promise<number | null>; url: Promise<string> };

/** Runs main.ts with the registry, server and keys of this file's bridge. */
function run(changes: Record<string, string>): Program {
  const env = { ...fixture.t.env, PATH: process.env.PATH, ...changes };
  const child = spawn(process.execPath, ["provisioner-bridge/main.ts"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listening = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(output)?.[1];
      if (url !== undefined) listening.resolve(url);
    });
  }
  const exit = once(child, "exit").then(([code]) => code as number | null);
  exit.then((code) => listening.reject(new Error(`exited with ${code}: ${output}`)), listening.reject);
  listening.promise.catch(() => undefined);
  closers.push(() => {
    child.kill("SIGKILL");
    return exit;
  });
  return { child, output: () => output, exit, url: listening.promise };
}

/** A server that is told of every fault point and holds its answer back while `hold` says so. */
async function faultServer(hold: (point: string) => Promise<void>): Promise<{ url: string; points: string[] }> {
  const points: string[] = [];
  const server = createServer((incoming, response) => {
    void readJson(incoming).then(async (body) => {
      const { point } = body as { point: string };
      points.push(point);
      await hold(point);
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, points };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return JSON.parse(text);
}

async function post(url: string, job: Parameters<typeof fixture.t.sign>[0]): Promise<{ status: number; body: { error?: string } }> {
  const response = await fetch(url + JOBS_PATH, { method: "POST", body: await fixture.t.sign(job, randomUUID()) });
  return { status: response.status, body: (await response.json()) as { error?: string } };
}

test("without its variables it says which, and exits 1", async () => {
  const { exit, output } = run({ BRIDGE_ID: "", BRIDGE_SECRETS: "nonsense" });
  expect(await exit).toBe(1);
  for (const complaint of ["BRIDGE_ID: is missing", "BRIDGE_SECRETS: is not JSON"]) expect(output()).toContain(complaint);
});

test("fault points are met in their order, and SIGTERM lets a running job finish", async () => {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const hook = await faultServer(async (point) => {
    if (point !== "bridge.create.after_role") return;
    reached.resolve();
    await released.promise;
  });
  const { child, exit, url, output } = run({ FAULT_HOOK_URL: hook.url });
  const base = await url;
  const id = randomUUID();
  const answer = post(base, createJob(id));
  await reached.promise;
  child.kill("SIGTERM");
  await expect.poll(output).toContain("the bridge stops");
  expect(await fetch(`${base}/livez`).catch(() => "refused")).toBe("refused");
  released.resolve();
  expect((await answer).status).toBe(200);
  expect(await exit).toBe(0);
  expect(hook.points).toEqual(createPoints("postgres"));

  hook.points.length = 0;
  const next = run({ FAULT_HOOK_URL: hook.url });
  expect((await post(await next.url, dropJob(id))).status).toBe(200);
  expect(hook.points).toEqual(dropPoints("postgres"));
  await verifyCleanSlate(fixture);
});

test("kill -9 in the middle of CREATE DATABASE, then a drop through another bridge: nothing is left", async () => {
  const hook = await faultServer(async () => {});
  const { child, exit, url } = run({ FAULT_HOOK_URL: hook.url });
  const base = await url;
  for (let round = 0; round < 5; round += 1) {
    const id = randomUUID();
    const answer = post(base, createJob(id)).catch(() => undefined);
    await expect.poll(() => hook.points.filter((point) => point === "bridge.create.after_role").length, { interval: 1 }).toBe(round + 1);
    if (round < 4) {
      await Promise.all([answer, fixture.t.run(dropJob(id))]);
      continue;
    }
    child.kill("SIGKILL");
    await exit;
    expect((await fixture.t.run(dropJob(id))).status).toBe(200);
  }
  expect(await listed(fixture)).toEqual([]);
  await verifyCleanSlate(fixture);
});

test("the Worker's keys are fetched from an address; while it is away, jobs may be sent again", async () => {
  let away = true;
  const jwks = createServer((_, response) => {
    if (away) response.writeHead(500).end();
    else response.setHeader("content-type", "application/json").end(fixture.t.env.BRIDGE_JOB_JWKS);
  });
  jwks.listen(0, "127.0.0.1");
  await once(jwks, "listening");
  closers.push(() => new Promise((resolve) => jwks.close(resolve)));
  const { url } = run({ BRIDGE_JOB_JWKS: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/` });
  const id = randomUUID();
  expect(await post(await url, dropJob(id))).toMatchObject({ status: 500, body: { error: "internal_error" } });
  away = false;
  expect(await post(await url, dropJob(id))).toMatchObject({ status: 200 });
});

test("with a certificate it speaks TLS", async () => {
  const folder = mkdtempSync(join(tmpdir(), "instanode-tls-"));
  closers.push(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-days", "1"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, ...subject],
    {
      stdio: "pipe",
    },
  );
  const { url } = run({ BRIDGE_TLS_CERT_FILE: cert, BRIDGE_TLS_KEY_FILE: key });
  const base = await url;
  expect(base).toMatch(/^https:/);
  const answer = request(`${base}/livez`, { rejectUnauthorized: false }).end();
  const [response] = (await once(answer, "response")) as [IncomingMessage];
  expect(await readJson(response)).toEqual({ ok: true });
});
