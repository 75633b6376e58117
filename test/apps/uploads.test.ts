/** An upload is checked while it comes, with its fields in any order, and a sender of too much sees why it was refused. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { SOURCE_MAX_BYTES } from "../../contract/deploys.ts";
import { answering, tarballOf } from "../support/apps.ts";
import { type AccountWithKey, accountWithKey, api, stack } from "../support/apps-stack.ts";
import { file, targz } from "../support/tarballs.ts";

const run = promisify(execFile);
let account: AccountWithKey;
let folder: string;
/** More than may be sent, of a tarball that is right so far. */
const large = gzipSync(
  Buffer.concat([file("Dockerfile", "FROM node:20\n"), file("noise", randomBytes(60 * 1_048_576).toString("latin1"))]),
  { level: 1 },
);
beforeAll(async () => {
  account = await accountWithKey("hobby");
  folder = mkdtempSync(join(tmpdir(), "instanode-uploads-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function byFetch(
  fields: readonly [string, string | Blob][],
  who = account,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  const answer = await fetch(`${api.url}/deploy/new`, { method: "POST", headers: who.bearer, body: form });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function byCurl(bytes: Buffer): Promise<string> {
  const path = join(folder, "large.tar.gz");
  writeFileSync(path, bytes);
  const args = [
    "-s",
    "-X",
    "POST",
    `${api.url}/deploy/new`,
    "-H",
    `Authorization: ${account.bearer.Authorization}`,
    "-F",
    `tarball=@${path}`,
  ];
  const { stdout } = await run("curl", [...args, "-F", "name=large", "-w", " %{http_code}"]);
  return stdout;
}

/** Seldom enough for the rate of a team. */
const PATIENCE = { timeout: 50_000, interval: 500 };

/** Begins an upload and does not end it. */
function begin({ bearer }: AccountWithKey, sent: string | Buffer): ClientRequest {
  const headers = { ...bearer, "Content-Type": "multipart/form-data; boundary=x" };
  const sender = request(`${api.url}/deploy/new`, { method: "POST", headers });
  sender.on("error", () => undefined);
  sender.flushHeaders();
  if (sent !== "") sender.write(sent);
  return sender;
}

async function uploadAgain(who: AccountWithKey): Promise<[number, unknown]> {
  const { status, body } = await byFetch([["name", "a"]], who);
  return [status, body.error];
}

const partialSources = () => readdirSync(join(stack.deploysDir, "sources")).filter((name) => name.endsWith(".partial"));
const blobOf = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)]);
const REPEATS = [1, 2, 3];

describe("the size of a tarball", () => {
  it("of exactly the limit is read to its end", async () => {
    const { status, body } = await byFetch([
      ["tarball", blobOf(large.subarray(0, SOURCE_MAX_BYTES))],
      ["name", "n"],
    ]);
    // Cut off at the limit, so its end is missing; its size is not what is wrong.
    expect([status, body.error, body.reason]).toEqual([400, "invalid_tarball", "truncated"]);
  });

  it.each(REPEATS)("of one byte more is 413 for Node's fetch, time %i", async () => {
    const { status, body } = await byFetch([
      ["tarball", blobOf(large.subarray(0, SOURCE_MAX_BYTES + 1))],
      ["name", "n"],
    ]);
    expect([status, body.error]).toEqual([413, "tarball_too_large"]);
  });

  it.each(REPEATS)("of one byte more is 413 for curl, time %i", async () => {
    expect(await byCurl(large.subarray(0, SOURCE_MAX_BYTES + 1))).toMatch(/"tarball_too_large".* 413$/s);
  });

  it("far above the limit is 413 for fetch and for curl", async () => {
    const { status, body } = await byFetch([
      ["tarball", blobOf(large)],
      ["name", "n"],
    ]);
    expect([status, body.error]).toEqual([413, "tarball_too_large"]);
    expect(await byCurl(large)).toMatch(/"tarball_too_large".* 413$/s);
  });

  it("leaves nothing behind", () => {
    expect(partialSources()).toEqual([]);
  });
});

describe("a sender that leaves", () => {
  const HEAD = '--x\r\nContent-Disposition: form-data; name="tarball"; filename="a.tar.gz"\r\n\r\n';
  it.each<[string, string | Buffer]>([
    ["before the first field", ""],
    ["in the middle of the tarball", Buffer.concat([Buffer.from(HEAD), large.subarray(0, 1_048_576)])],
    ["while the tarball comes faster than it is checked", Buffer.concat([Buffer.from(HEAD), large.subarray(0, 40 * 1_048_576)])],
  ])("%s gives its place back, and its bytes are deleted", async (_when, sent) => {
    // A team of its own: what another test has given back must not count.
    const who = await accountWithKey();
    // As many as may be at a time; one that is refused or broken is followed by another.
    const senders = new Set<ClientRequest>();
    const keepTwo = () => {
      while (senders.size < 2) {
        const sender = begin(who, sent);
        senders.add(sender);
        sender.once("close", () => senders.delete(sender));
      }
    };
    await vi.waitFor(async () => {
      keepTwo();
      expect(await uploadAgain(who)).toEqual([429, "too_many_uploads"]);
    }, PATIENCE);
    for (const sender of [...senders]) sender.destroy();
    await vi.waitFor(async () => expect(await uploadAgain(who)).toEqual([400, "missing_tarball"]), PATIENCE);
    await vi.waitFor(() => expect(partialSources()).toEqual([]), PATIENCE);
  });
});

describe("a form", () => {
  it.each(["first", "last"])("may have the tarball %s", async (place) => {
    // A name that is refused: the fields were read, and nothing is built.
    const tarball: [string, Blob] = ["tarball", await tarballOf(answering("x"))];
    const name: [string, string] = ["name", "-refused"];
    const { status, body } = await byFetch(place === "first" ? [tarball, name] : [name, tarball]);
    expect([status, body.error]).toEqual([400, "invalid_name"]);
  });

  it.each<[string, readonly [string, string | Blob][], number, string]>([
    [
      "with a field twice",
      [
        ["name", "a"],
        ["name", "b"],
      ],
      400,
      "invalid_form",
    ],
    ["without a tarball", [["name", "a"]], 400, "missing_tarball"],
    [
      "with an empty tarball",
      [
        ["name", "a"],
        ["tarball", new Blob([])],
      ],
      400,
      "invalid_tarball",
    ],
    [
      "with text for a tarball",
      [
        ["name", "a"],
        ["tarball", new Blob(["text"])],
      ],
      400,
      "invalid_tarball",
    ],
    [
      "with a path out of the tree",
      [
        ["name", "a"],
        ["tarball", blobOf(targz(file("../evil")))],
      ],
      400,
      "invalid_tarball",
    ],
    [
      "with nothing to build",
      [
        ["name", "a"],
        ["tarball", blobOf(targz(file("main.rs")))],
      ],
      400,
      "missing_dockerfile",
    ],
    ["with 40 fields", Array.from({ length: 40 }, (_, index): [string, string] => [`f${index}`, "x"]), 400, "invalid_form"],
    ["with a long field", [["name", "x".repeat(200_000)]], 400, "invalid_form"],
    [
      "with an unknown field",
      [
        ["name", "a"],
        ["colour", "red"],
        ["tarball", blobOf(targz(file("Dockerfile")))],
      ],
      400,
      "unsupported_field",
    ],
  ])("%s is refused", async (_what, fields, status, error) => {
    expect(await byFetch(fields).then(({ status: got, body }) => [got, body.error])).toEqual([status, error]);
  });

  it("that is no form, or is cut off, is refused", async () => {
    const headers = { ...account.bearer, "Content-Type": "multipart/form-data; boundary=x" };
    const cut = await api.call("POST", "/deploy/new", { headers, body: '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nab' });
    expect(cut.body).toMatchObject({ error: "invalid_form" });
    const json = await api.call("POST", "/deploy/new", { headers: account.bearer, body: { name: "a" } });
    expect([json.status, (json.body as { error: string }).error]).toEqual([400, "invalid_form"]);
  });
});
