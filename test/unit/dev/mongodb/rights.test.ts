/** What the stand-in decides by itself, before PostgreSQL is asked: rights, pipelines, addresses, names, codes, cursors. */
import { describe, expect, test } from "vitest";
import { allows, builtInActions, isRoot, SERVER } from "../../../../dev/mongodb/gateway/access/rights.ts";
import { connectionLimitOf, isWelcome, type User } from "../../../../dev/mongodb/gateway/access/user.ts";
import { createCursors } from "../../../../dev/mongodb/gateway/cursors.ts";
import { CommandError, errorAnswer } from "../../../../dev/mongodb/gateway/errors.ts";
import { rightsOfPipeline } from "../../../../dev/mongodb/gateway/pipeline.ts";
import { mongoCodeOf, unpackSqlState } from "../../../../dev/mongodb/gateway/postgres/errors.ts";
import { postgresDatabase, postgresRole } from "../../../../dev/mongodb/gateway/postgres/names.ts";

const USER: User = { id: "1", name: "t_a", db: "t_a", roles: [], customData: {}, restrictions: [] };

test("a built-in role allows its actions in its own database, and nothing on the server", () => {
  const privileges = [{ db: "own", actions: builtInActions("readWrite") ?? [] }];
  const allowed = (action: string, on: string | typeof SERVER) => allows(privileges, { action, on });
  expect([allowed("insert", "own"), allowed("insert", "other"), allowed("insert", SERVER)]).toEqual([true, false, false]);
  expect([allowed("dropDatabase", "own"), allowed("serverStatus", SERVER), allowed("administerUsers", "own")]).toEqual([
    false,
    false,
    false,
  ]);
  expect([builtInActions("read")?.includes("insert"), builtInActions("root"), builtInActions("dbOwner")]).toEqual([
    false,
    undefined,
    undefined,
  ]);
});

test("root is a role of admin; one of the same name elsewhere is nothing", () => {
  expect([isRoot([{ role: "root", db: "admin" }]), isRoot([{ role: "root", db: "t_a" }])]).toEqual([true, false]);
});

describe("a pipeline", () => {
  const other = { db: "other", coll: "c" };
  const write = (...actions: string[]) => actions.map((action) => ({ action, on: "other" }));
  const rows: [what: string, stage: unknown, rights: unknown[]][] = [
    ["only reads", { $match: { a: 1 } }, []],
    ["$out by name", { $out: "c" }, ["insert", "remove"].map((action) => ({ action, on: "own" }))],
    ["$out elsewhere", { $out: other }, write("insert", "remove")],
    ["$merge by name", { $merge: "c" }, ["insert", "update"].map((action) => ({ action, on: "own" }))],
    ["$merge elsewhere", { $merge: { into: other } }, write("insert", "update")],
    ["$lookup by name", { $lookup: { from: "c" } }, [{ action: "find", on: "own" }]],
    ["$lookup elsewhere", { $lookup: { from: other } }, write("find")],
    ["$graphLookup elsewhere", { $graphLookup: { from: other } }, write("find")],
    ["$unionWith elsewhere", { $unionWith: other }, write("find")],
    ["$lookup within $facet", { $facet: { a: [{ $lookup: { from: other } }] } }, write("find")],
    [
      "$out within $unionWith",
      { $unionWith: { coll: "c", pipeline: [{ $out: other }] } },
      [{ action: "find", on: "own" }, ...write("insert", "remove")],
    ],
  ];
  test.each(rows)("%s", (_what, stage, rights) => {
    expect(rightsOfPipeline([stage], "own")).toEqual(rights);
  });

  test.each(["$currentOp", "$listSessions", "$listLocalSessions", "$changeStream", "$planCacheStats"])(
    "with %s is refused, at any depth",
    (stage) => {
      expect(() => rightsOfPipeline([{ [stage]: {} }], "own")).toThrow(CommandError);
      expect(() => rightsOfPipeline([{ $facet: { a: [{ [stage]: {} }] } }], "own")).toThrow(CommandError);
    },
  );

  test("too deep to look through is refused; what is no pipeline is left to the database", () => {
    let deep: unknown = {};
    for (let depth = 0; depth < 300; depth += 1) deep = { a: deep };
    expect(() => rightsOfPipeline([{ $match: deep }], "own")).toThrow(CommandError);
    expect([rightsOfPipeline("x", "own"), rightsOfPipeline([null, 1, "x"], "own")]).toEqual([[], []]);
  });
});

test.each([
  [[], "127.0.0.1", true],
  [[{ clientSource: ["192.0.2.1/32"] }], "127.0.0.1", false],
  [[{ clientSource: ["127.0.0.0/8"] }], "127.0.0.1", true],
  [[{ clientSource: ["192.0.2.1"] }, { clientSource: ["127.0.0.1"] }], "127.0.0.1", true],
  [[{ clientSource: ["::1"] }], "::1", true],
  [[{ serverAddress: ["10.0.0.1"] }], "127.0.0.1", true],
])("with the restrictions %j somebody at %s is welcome: %s", (restrictions, address, expected) => {
  expect(isWelcome({ ...USER, restrictions }, address)).toBe(expected);
});

test("a user's connections stand in its custom data; no number is no limit", () => {
  expect([{ connections: 3 }, {}, { connections: "3" }].map((customData) => connectionLimitOf({ customData }))).toEqual([3, -1, -1]);
});

test("names that PostgreSQL would cut or MongoDB refuse are refused", () => {
  expect([postgresDatabase("t_abc"), postgresRole({ name: "t_abc", db: "t_abc" })]).toEqual(["m_t_abc", "u_t_abc.t_abc"]);
  for (const name of ["", "a.b", "a b", "a/b", 'a"b', "a$b", "a\0b", "x".repeat(62)])
    expect(() => postgresDatabase(name), name).toThrow(CommandError);
  expect(() => postgresRole({ name: "x".repeat(40), db: "y".repeat(40) })).toThrow(CommandError);
});

test("codes of PostgreSQL and DocumentDB become MongoDB's", () => {
  // 23505, as PostgreSQL packs it.
  const packed = [..."23505"].reduce((sum, character, index) => sum + ((character.charCodeAt(0) - 0x30) << (6 * index)), 0);
  expect([unpackSqlState(packed), unpackSqlState(11_000), unpackSqlState(-1), unpackSqlState(1.5)]).toEqual([
    "23505",
    expect.any(String),
    undefined,
    undefined,
  ]);
  expect(["23505", "42501", "53300", "28P01", "M0003", "M0ZZZ", "XX000", undefined].map(mongoCodeOf)).toEqual([
    11000, 13, 8000, 18, 9, 2, 8, 8,
  ]);
});

test("an error nobody foresaw says nothing of its cause", () => {
  expect(errorAnswer(new Error("password=canary"))).toMatchObject({ ok: 0, code: 1, codeName: "InternalError" });
  expect(JSON.stringify(errorAnswer(new Error("password=canary")))).not.toContain("canary");
  expect(errorAnswer(new CommandError(13, "no"))).toEqual({ ok: 0, errmsg: "no", code: 13, codeName: "Unauthorized" });
});

test("cursors belong to one user, are bounded, and are forgotten when nobody comes back", () => {
  let now = 0;
  const cursors = createCursors(() => now);
  const page = Buffer.from("page");
  for (let id = 1n; id <= 201n; id += 1n) cursors.keep("me", id, page);
  expect([cursors.find("me", 1n), cursors.find("me", 2n), cursors.find("you", 2n)]).toEqual([undefined, page, undefined]);
  now = 599_999;
  cursors.keep("me", 2n, page);
  now = 600_002;
  expect([cursors.find("me", 2n), cursors.find("me", 3n)]).toEqual([page, undefined]);
  expect([cursors.forget("me", 2n), cursors.forget("me", 2n)]).toEqual([true, false]);
});
