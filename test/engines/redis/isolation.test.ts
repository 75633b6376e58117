/** Nobody sees a neighbour (PRODUCT promise 3, "What isolation must hold", row Redis). Every command of the server is tried. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands, withRedis } from "../../support/redis.ts";
import { type Made, makeTenant } from "../suite/subject.ts";
import { FORBIDDEN } from "./attempts.ts";
import { type CommandFacts, placesOf, readCommands, skeletonOf, withKeys } from "./command-facts.ts";
import { ADDS, CHANNELS, DELETES, OPEN, READS, REFUSED } from "./command-table.ts";
import { firstLine } from "./raw.ts";
import { LIMITS, useRedis } from "./subject.ts";

const bench = useRedis({ settings: ["enable-debug-command yes", "enable-module-command yes", "notify-keyspace-events KEA"] });
const NOPERM = /^-NOPERM /;
const AT_ONCE = 8;

let own: Made;
let cut: Made;
let neighbour: Made;
let facts: CommandFacts[] = [];

beforeAll(async () => {
  [own, cut, neighbour] = await Promise.all([makeTenant(bench), makeTenant(bench), makeTenant(bench)]);
  await bench.t.run(bench.jobs.limitJob(cut.id, 2, LIMITS, "read_only"));
  await commands(neighbour.grant.connection_url, [
    ["SET", `${neighbour.name}:secret`, "a neighbour has secrets"],
    ["RPUSH", `${neighbour.name}:list`, "3", "1", "2"],
    ["XADD", `${neighbour.name}:stream`, "*", "a", "b"],
  ]);
  facts = await readCommands(bench.server.redis);
});

/** Everything the neighbour has, byte for byte. */
async function neighboursData(): Promise<unknown> {
  const keys = (await bench.server.redis.admin<string[]>("KEYS", `${neighbour.name}*`)).sort();
  return Promise.all(keys.map(async (key) => [key, await bench.server.redis.admin("DUMP", key)]));
}

/** Runs `attempt` for each, several at once, and gives what is not as it should be. */
async function each<T>(list: readonly T[], attempt: (one: T) => Promise<string | null>): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < list.length; at += AT_ONCE) {
    const some = await Promise.all(list.slice(at, at + AT_ONCE).map(attempt));
    found.push(...some.filter((one) => one !== null));
  }
  return found;
}

const factsOf = (names: readonly string[]) => facts.filter(({ name }) => names.includes(name));
const keyOf = ({ name }: Made, key = "mine") => `${name}:${key}`;
/** A call with this key in every place. */
const everywhere = (one: CommandFacts, key: string) => withKeys(skeletonOf(one), key);

test("every command of this server stands in the table, once", () => {
  const table = [...REFUSED, ...OPEN, ...CHANNELS, ...READS, ...DELETES, ...ADDS];
  expect(facts.length).toBeGreaterThan(350);
  expect(facts.map(({ name }) => name).filter((name) => !table.includes(name))).toEqual([]);
  expect(table.filter((name, index) => table.indexOf(name) !== index)).toEqual([]);
});

describe("of a tenant's commands", () => {
  let before: unknown;
  beforeAll(async () => {
    before = await neighboursData();
  });
  afterAll(async () => expect(await neighboursData()).toEqual(before));

  test.each([
    ["with full access", () => own],
    ["cut to reading and deleting", () => cut],
  ])("those that act on more than itself are refused, %s", async (_, who) => {
    const tenant = who();
    const wrong = await each(factsOf(REFUSED), async (one) => {
      const line = await firstLine(tenant.grant.connection_url, everywhere(one, keyOf(tenant)));
      return NOPERM.test(line) ? null : `${one.name}: ${line}`;
    });
    expect(wrong).toEqual([]);
  });

  test("those on keys take its own, and refuse a neighbour's in every place where a key can stand", async () => {
    const wrong = await each(factsOf([...READS, ...DELETES, ...ADDS]), async (one) => {
      const { connection_url } = own.grant;
      const mine = await firstLine(connection_url, everywhere(one, keyOf(own)));
      if (NOPERM.test(mine)) return `${one.name} with its own key: ${mine}`;
      const skeleton = skeletonOf(one);
      if (placesOf(skeleton).length === 0) return `${one.name} has no key at all`;
      for (const at of placesOf(skeleton)) {
        const call = withKeys(skeleton, keyOf(own), { at, key: keyOf(neighbour, "secret") });
        const theirs = await firstLine(connection_url, call);
        if (!NOPERM.test(theirs)) return `${call.join(" ")}: ${theirs}`;
      }
      return null;
    });
    expect(wrong).toEqual([]);
  });

  test("those on channels take its own and refuse a neighbour's", async () => {
    const wrong = await each(factsOf(CHANNELS), async ({ name }) => {
      const channel = (tenant: Made) => `${tenant.name}:${name === "psubscribe" ? "*" : "news"}`;
      const call = (tenant: Made) => [name, channel(tenant), ...(name.endsWith("publish") ? ["hello"] : [])];
      const [mine, theirs] = [
        await firstLine(own.grant.connection_url, call(own)),
        await firstLine(own.grant.connection_url, call(neighbour)),
      ];
      return !NOPERM.test(mine) && NOPERM.test(theirs) ? null : `${name}: ${mine}, ${theirs}`;
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    ["with full access", () => own],
    ["cut to reading and deleting", () => cut],
  ])("those that name nothing are open, %s", async (_, who) => {
    const wrong = await each(factsOf(OPEN), async (one) => {
      const line = await firstLine(who().grant.connection_url, everywhere(one, ""));
      return NOPERM.test(line) ? `${one.name}: ${line}` : null;
    });
    expect(wrong).toEqual([]);
  });

  test("those that add are refused while it is cut; those that read or delete are not, on its own keys", async () => {
    const wrong = await each(factsOf([...READS, ...DELETES, ...ADDS]), async (one) => {
      const mine = await firstLine(cut.grant.connection_url, everywhere(one, keyOf(cut)));
      const theirs = await firstLine(cut.grant.connection_url, everywhere(one, keyOf(neighbour, "secret")));
      const asItShould = NOPERM.test(mine) === ADDS.includes(one.name) && NOPERM.test(theirs);
      return asItShould ? null : `${one.name}: ${mine}, ${theirs}`;
    });
    expect(wrong).toEqual([]);
  });

  test.each(FORBIDDEN)("$what is refused", async ({ words, refusal }) => {
    const fill = (word: string) => word.replaceAll("{own}", own.name).replaceAll("{neighbour}", neighbour.name);
    expect(await firstLine(own.grant.connection_url, ...words.map((call) => call.map(fill)))).toMatch(refusal);
  });
});

test("a tenant hears nothing of a neighbour's writes and messages", async () => {
  await commands(own.grant.connection_url, [["SET", keyOf(own), "1"]]);
  const heard: string[] = [];
  await withRedis(own.grant.connection_url, async (client) => {
    await client.pSubscribe(`${own.name}:*`, (message, channel) => heard.push(`${channel} ${message}`));
    await commands(neighbour.grant.connection_url, [
      ["SET", keyOf(neighbour), "1"],
      ["PUBLISH", `${neighbour.name}:news`, "theirs"],
    ]);
    await commands(own.grant.connection_url, [["PUBLISH", `${own.name}:news`, "mine"]]);
    await expect.poll(() => heard).toEqual([`${own.name}:news mine`]);
  });
});

test("the neighbour's password is not needed by anybody who has his name alone, and does not fit another name", async () => {
  const { password } = new URL(neighbour.grant.connection_url);
  for (const [name, guess] of [
    [neighbour.name, ""],
    [neighbour.name, neighbour.name],
    [own.name, password],
    ["default", ""],
    ["default", password],
  ] as const) {
    const url = new URL(neighbour.grant.connection_url);
    url.username = name;
    url.password = guess;
    expect(await firstLine(url.href, ["PING"])).toMatch(/^-NOAUTH /);
  }
});
