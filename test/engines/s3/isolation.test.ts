/** Nobody sees a neighbour (PRODUCT promise 3, "What isolation must hold", row S3): every operation, at every place but one's own. */
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import { beforeAll, describe, expect, test } from "vitest";
import { type Made, makeTenant, useEngine } from "../suite/subject.ts";
import { ALLOWED, REFUSALS, TELLS_THAT_NOTHING_IS_THERE } from "./allowed.ts";
import { clientOf, credentialsOf, outcomeOf, rolesIn, subjectOf, type TenantCredentials, tenantSigner } from "./fixture.ts";
import { AT_A_PREFIX, AT_THE_SERVER, type Attempt, atTheAccount, type Operation, type Target } from "./operations.ts";
import { contentOf, furnish, WORDS } from "./places.ts";

const FOREIGN_PLACES: readonly [what: string, prefixOf: (own: Made, neighbour: Made) => string][] = [
  ["a neighbour's prefix", (_, neighbour) => `${neighbour.name}/`],
  ["a longer name that begins with its own", (own) => `${own.name}b/`],
  ["a shorter name that its own begins with", (own) => `${own.name.slice(0, -1)}/`],
  ["the platform's marks", () => ".instanode/tenants/"],
];

describe.each(["a role each", "one role for all", "a user each"] as const)("%s: with a tenant's keys", (setup) => {
  const bench = useEngine(subjectOf(setup));
  let made: { own: Made; neighbour: Made; credentials: TenantCredentials; target: Target };

  beforeAll(async () => {
    const [own, neighbour] = [await makeTenant(bench), await makeTenant(bench)];
    const credentials = credentialsOf(own.grant);
    made = { own, neighbour, credentials, target: await furnish(bench.server.address, `${own.name}/`, credentials) };
  });

  const attempt = ({ path, ...init }: Attempt): Promise<string> =>
    outcomeOf(tenantSigner(made.credentials).fetch(made.credentials.endpoint + path, init));

  async function attemptAll(operations: readonly Operation[], target: Target): Promise<[what: string, outcome: string][]> {
    const outcomes: [string, string][] = [];
    for (const { name, at } of operations) outcomes.push([name, await attempt(at(target, made.target))]);
    return outcomes;
  }

  const allowedOf = (outcomes: readonly [string, string][]): string[] =>
    outcomes.filter(([, outcome]) => outcome === "ok").map(([what]) => what);

  test.each(FOREIGN_PLACES)("no operation reaches %s, and nothing there changes", async (_, prefixOf) => {
    const { address } = bench.server;
    const target = await furnish(address, prefixOf(made.own, made.neighbour));
    const before = await contentOf(address, target.prefix);
    const reached = (await attemptAll(AT_A_PREFIX, target)).filter(
      ([what, outcome]) => !REFUSALS.includes(outcome) && TELLS_THAT_NOTHING_IS_THERE[what] !== outcome,
    );
    expect(reached).toEqual([]);
    expect(await contentOf(address, target.prefix)).toEqual(before);
  });

  test("the bucket itself, other buckets and the server's administration are out of reach", async () => {
    expect(allowedOf(await attemptAll(AT_THE_SERVER, made.target))).toEqual(ALLOWED[setup].server);
  });

  test("no other keys are to be had: not by STS, not by IAM", async () => {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token = "", endpoint, region } = made.credentials;
    const { name: neighbour } = made.neighbour;
    const [name = "none"] = (await rolesIn(bench.server.address)).filter((role) => role.includes(neighbour.slice(2)));
    const arn = setup === "one role for all" ? "arn:aws:iam:::role/tenants" : `arn:aws:iam:::role/instanode/${neighbour}/${name}`;
    const outcomes: [string, string][] = [];
    for (const { name: what, service, attempt: asked } of atTheAccount({ name, arn }, neighbour)) {
      const client = new AwsClient({ accessKeyId, secretAccessKey, sessionToken: session_token, service, region, retries: 0 });
      outcomes.push([what, await outcomeOf(client.fetch(endpoint, asked))]);
    }
    // Where a neighbour has no role there is none to be refused.
    const refusals = name === "none" ? [...REFUSALS, "NoSuchEntity"] : REFUSALS;
    expect(outcomes.filter(([, outcome]) => !refusals.includes(outcome))).toEqual([]);
    expect(await bench.subject.use(made.neighbour.grant)).toBe("ok");
  });

  test("a key with dots in it is a name under its own prefix, and leads nowhere else", async () => {
    const client = clientOf(made.credentials);
    const theirs = await furnish(bench.server.address, `${made.neighbour.name}/`);
    const object = { Bucket: made.credentials.bucket, Key: `${made.own.name}/../${theirs.key}` };
    await client.send(new PutObjectCommand({ ...object, Body: "own words" }));
    expect(await (await client.send(new GetObjectCommand(object))).Body?.transformToString()).toBe("own words");
    expect(await contentOf(bench.server.address, theirs.prefix)).toContain(`${theirs.key}=${WORDS}`);
    client.destroy();
  });

  test("a list names no neighbour, however many prefixes its query has and whichever of them is signed", async () => {
    const { endpoint, bucket } = made.credentials;
    const [own, theirs] = [`prefix=${made.own.name}/`, `prefix=${made.neighbour.name}/`];
    await furnish(bench.server.address, `${made.neighbour.name}/`);
    const url = (prefixes: readonly string[]) => `${endpoint}/${bucket}?${["list-type=2", ...prefixes].join("&")}`;
    const answers = [];
    for (const sent of [own, theirs, "prefix="].flatMap((other) => [
      [other, own],
      [own, other],
    ])) {
      for (const signed of [sent, sent.slice(0, 1), sent.slice(1)]) {
        const { headers } = await tenantSigner(made.credentials).sign(url(signed));
        const response = await fetch(url(sent), { headers });
        answers.push({ status: response.status, text: await response.text() });
      }
    }
    expect(answers.filter(({ text }) => text.includes(`<Key>${made.neighbour.name}`))).toEqual([]);
    expect(answers.some(({ status, text }) => status === 200 && text.includes(`<Key>${made.own.name}`))).toBe(true);
  });

  test("what it writes cannot be opened to everybody", async () => {
    const url = `${made.credentials.endpoint}/${made.target.bucket}/${made.own.name}/new`;
    await outcomeOf(tenantSigner(made.credentials).fetch(url, { method: "PUT", body: "mine" }));
    expect(await outcomeOf(fetch(url))).toBe("AccessDenied");
  });

  test("temporary keys open nothing without their session token, nor with a neighbour's", async ({ skip }) => {
    skip(made.credentials.session_token === undefined, "lasting keys have none");
    const url = `${made.credentials.endpoint}/${made.target.bucket}/${made.target.key}`;
    const { session_token = "" } = credentialsOf(made.neighbour.grant);
    for (const token of ["", session_token]) {
      expect(REFUSALS).toContain(await outcomeOf(tenantSigner({ ...made.credentials, session_token: token }).fetch(url)));
    }
  });

  // Last: it deletes what the others look at.
  test("within its own prefix a tenant does what the table says, and no more", async () => {
    expect(allowedOf(await attemptAll(AT_A_PREFIX, made.target)).sort()).toEqual([...ALLOWED[setup].own].sort());
  });
});
