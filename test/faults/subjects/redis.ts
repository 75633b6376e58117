/** Redis: a user and its mark for each tenant, and the keys below its prefix. */
import { z } from "zod";
import { commands } from "../../support/redis.ts";
import { type EngineSubject, type KindSubject, type Part, textOf } from "./subject.ts";

const namesSchema = z.array(z.string());
/** The server's own, and the bridge's. */
const NOT_TENANTS = ["default", "instanode"];
const MARKS = "instanode:tenants:";

export const redisKind: KindSubject = {
  kind: "redis",
  async use(credentials) {
    const key = `${textOf(credentials, "key_prefix")}proof`;
    await commands(textOf(credentials, "connection_url"), [
      ["INCR", key],
      ["GET", key],
    ]);
  },
};

export const redisEngine: EngineSubject = {
  engine: "redis",
  parts: ["user", "mark"],
  async inventory(adminUrl) {
    const [users, keys] = (
      await commands(adminUrl, [
        ["ACL", "USERS"],
        ["KEYS", "*"],
      ])
    ).map((answer) => namesSchema.parse(answer));
    const marks = (keys ?? []).filter((key) => key.startsWith(MARKS));
    const marked = (
      await commands(
        adminUrl,
        marks.map((key) => ["SMEMBERS", key]),
      )
    ).flatMap((answer) => namesSchema.parse(answer));
    return [
      ...(users ?? []).filter((name) => !NOT_TENANTS.includes(name)).map((name): Part => ({ name, part: "user" })),
      ...marked.map((name): Part => ({ name, part: "mark" })),
      ...(keys ?? []).filter((key) => !key.startsWith(MARKS)).map((key): Part => ({ name: key.split(":")[0] ?? key, part: "keys" })),
    ];
  },
};
