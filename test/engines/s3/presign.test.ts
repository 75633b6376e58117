/**
 * What the Worker signs, held against the real S3 server: with the platform's key (broker mode) and with a tenant's own, a URL does the one
 * thing it was signed for, and nothing when anything about it is changed.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { createObjectStore, type ObjectStorePort, type S3Keys } from "../../../worker/ports/object-store.ts";
import { makeTenant, useEngine } from "../suite/subject.ts";
import { credentialsOf, outcomeOf, platformSigner, subjectOf } from "./fixture.ts";
import { contentOf, furnish, WORDS } from "./places.ts";

const MINUTE_MS = 60_000;
const LIFETIME_SECONDS = 600;

type Case = "the platform's key" | "the tenant's own keys";

describe.each<Case>(["the platform's key", "the tenant's own keys"])("a URL signed with %s", (signedWith) => {
  const bench = useEngine(subjectOf(signedWith === "the platform's key" ? "broker" : "a role each"));
  let prefix: string;
  let neighbour: string;
  let keys: S3Keys | null;
  let store: ObjectStorePort;

  /** As the Worker is told of it; its clock may be wrong by `skewMs`. */
  function storeOf(skewMs = 0): ObjectStorePort {
    const vars = bench.server.workerVars;
    const config = {
      backend: "ceph",
      endpoint: vars.OBJECT_STORE_ENDPOINT ?? "",
      region: vars.OBJECT_STORE_REGION ?? "",
      bucket: vars.OBJECT_STORE_BUCKET ?? "",
      keys: { accessKeyId: vars.OBJECT_STORE_ACCESS_KEY_ID ?? "", secretAccessKey: vars.OBJECT_STORE_SECRET_ACCESS_KEY ?? "" },
    } as const;
    return createObjectStore(config, { now: () => Date.now() + skewMs });
  }

  beforeAll(async () => {
    const [own, other] = [await makeTenant(bench), await makeTenant(bench)];
    [prefix, neighbour] = [own.name, other.name];
    await furnish(bench.server.address, `${neighbour}/`);
    const tenant = signedWith === "the platform's key" ? null : credentialsOf(own.grant);
    keys = tenant && { accessKeyId: tenant.access_key_id, secretAccessKey: tenant.secret_access_key, sessionToken: tenant.session_token };
    store = storeOf();
  });

  const sign = async (method: "GET" | "PUT", key: string, from = store): Promise<string> =>
    (await from.presign({ method, objectKey: `${prefix}/${key}`, expiresInSeconds: LIFETIME_SECONDS, keys })).url;
  const send = (url: string, method: string, more: RequestInit = {}): Promise<string> => outcomeOf(fetch(url, { method, ...more }));
  const put = (url: string, more: RequestInit = {}): Promise<string> => send(url, "PUT", { body: "hello", ...more });
  const changed = (url: string, change: (url: URL) => void): string => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const pathname = (change: (path: string) => string) => (url: URL) => {
    url.pathname = change(url.pathname);
  };
  const parameter = (name: string, value: string | null) => (url: URL) =>
    value === null ? url.searchParams.delete(name) : url.searchParams.set(name, value);

  test("uploads, and downloads", async () => {
    expect(await put(await sign("PUT", "note"))).toBe("ok");
    const response = await fetch(await sign("GET", "note"));
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
  });

  const CHANGES: readonly [what: string, change: (url: URL) => void][] = [
    ["another key", pathname((path) => `${path}2`)],
    ["a neighbour's key", pathname((path) => path.replace(prefix, neighbour).replace(/[^/]+$/, "notes.txt"))],
    ["a longer prefix", pathname((path) => path.replace(prefix, `${prefix}b`))],
    ["the bucket alone", pathname((path) => path.split("/").slice(0, 2).join("/"))],
    ["a later expiry", parameter("X-Amz-Expires", String(LIFETIME_SECONDS + 1))],
    ["no expiry", parameter("X-Amz-Expires", null)],
    ["another signature", parameter("X-Amz-Signature", "0".repeat(64))],
    ["no signature", parameter("X-Amz-Signature", null)],
    ["another date", parameter("X-Amz-Date", "20200101T000000Z")],
    ["another key id", parameter("X-Amz-Credential", "INSTANODEPLATFORM/20261124/us-east-1/s3/aws4_request")],
    ["another algorithm", parameter("X-Amz-Algorithm", "AWS4-HMAC-SHA512")],
    ["fewer signed headers", parameter("X-Amz-SignedHeaders", "host")],
    ["no signed headers", parameter("X-Amz-SignedHeaders", "")],
    ["another session", parameter("X-Amz-Security-Token", "x")],
    ["a version", parameter("versionId", "null")],
    ["its ACL", parameter("acl", "")],
    ["its tags", parameter("tagging", "")],
    ["an upload in parts", parameter("uploads", "")],
    ["a type of the attacker's choice", parameter("response-content-type", "text/html")],
  ];
  test.each(CHANGES)("is refused with %s", async (_, change) => {
    for (const method of ["GET", "PUT"] as const) {
      const url = await sign(method, "note");
      const outcome = method === "GET" ? await send(changed(url, change), "GET") : await put(changed(url, change));
      expect([method, outcome]).not.toEqual([method, "ok"]);
    }
    expect(await contentOf(bench.server.address, `${neighbour}/`)).toContain(`${neighbour}/notes.txt=${WORDS}`);
  });

  test.each([
    ["GET", "PUT"],
    ["GET", "DELETE"],
    ["GET", "POST"],
    ["PUT", "GET"],
    ["PUT", "DELETE"],
    ["PUT", "POST"],
    ["PUT", "HEAD"],
  ] as const)("signed for %s is refused for %s", async (method, other) => {
    await put(await sign("PUT", "note"));
    const outcome = await send(await sign(method, "note"), other, ["PUT", "POST"].includes(other) ? { body: "x" } : {});
    expect(["AccessDenied", "SignatureDoesNotMatch", "403"]).toContain(outcome);
  });

  test.each([
    ["an object of a neighbour", { "x-amz-copy-source": "neighbour" }],
    ["part of one", { "x-amz-copy-source": "neighbour", "x-amz-copy-source-range": "bytes=0-3" }],
    ["another of its own", { "x-amz-copy-source": "own" }],
    ["an ACL for everybody", { "x-amz-acl": "public-read" }],
    ["a grant to everybody", { "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' }],
    ["a grant of everything", { "x-amz-grant-full-control": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' }],
    ["tags", { "x-amz-tagging": "a=b" }],
    ["a redirect", { "x-amz-website-redirect-location": "https://example.com/" }],
  ])("an upload takes no header that brings in %s", async (_, headers: Record<string, string>) => {
    const key = `with-headers-${Object.keys(headers).join("-")}`;
    const { bucket } = bench.server.address;
    const source = { neighbour: `/${bucket}/${neighbour}/notes.txt`, own: `/${bucket}/${prefix}/note` };
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, source[value as keyof typeof source] ?? value]));
    expect(await put(await sign("PUT", key), { headers: sent })).not.toBe("ok");
    const read = `${bench.server.address.endpoint}/${bucket}/${prefix}/${key}`;
    expect(await outcomeOf(platformSigner(bench.server.address).fetch(read))).toBe("NoSuchKey");
  });

  test("ordinary headers are the uploader's own", async () => {
    const headers = { "content-type": "image/jpeg", "x-amz-meta-camera": "yes", "cache-control": "no-cache" };
    expect(await put(await sign("PUT", "photo"), { headers })).toBe("ok");
    expect((await fetch(await sign("GET", "photo"))).headers.get("content-type")).toBe("image/jpeg");
  });

  test.each([
    ["a minute before its end", MINUTE_MS - LIFETIME_SECONDS * 1_000, true],
    ["a second after its end", -LIFETIME_SECONDS * 1_000 - 1_000, false],
    ["a day after its end", -86_400_000, false],
  ])("signed with the clock set back: %s", async (_, skewMs, works) => {
    const late = storeOf(skewMs);
    expect((await put(await sign("PUT", "late", late))) === "ok").toBe(works);
    expect((await send(await sign("GET", "late", late), "GET")) === "ok").toBe(works);
  });

  test("with another secret it is refused", async () => {
    const wrong = { ...(keys ?? { accessKeyId: "INSTANODESIGNER" }), secretAccessKey: "guessed" };
    const { url } = await store.presign({ method: "PUT", objectKey: `${prefix}/x`, expiresInSeconds: LIFETIME_SECONDS, keys: wrong });
    expect(["SignatureDoesNotMatch", "AccessDenied"]).toContain(await put(url));
  });

  test("a path in any encoding leads to no neighbour: dots in a signed key stay in its name", async () => {
    const { address } = bench.server;
    const before = await contentOf(address, `${neighbour}/`);
    for (const dots of ["..", "%2e%2e", "%252e%252e", ".%2e", "..%5c", "%c0%ae%c0%ae", "%u002e%u002e"]) {
      for (const method of ["GET", "PUT"] as const) {
        // Pasted into a URL that is already signed, as somebody would who has one.
        const [, query] = (await sign(method, "note")).split("?");
        const target = `${address.endpoint}/${address.bucket}/${prefix}/${dots}/${neighbour}/notes.txt?${query}`;
        const outcome = method === "GET" ? await send(target, "GET") : await put(target);
        expect([dots, method, outcome]).not.toEqual([dots, method, "ok"]);
      }
    }
    expect(await contentOf(address, `${neighbour}/`)).toEqual(before);
  });
});
