/** What a server says of its own commands, and arguments made from it: enough for the ACL to find every key. */
import { z } from "zod";
import type { TestRedis } from "../../support/redis.ts";

const beginSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("index"), spec: z.object({ index: z.number() }) }),
  z.object({ type: z.literal("keyword"), spec: z.object({ keyword: z.string() }) }),
  z.object({ type: z.literal("unknown") }),
]);
const findSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("range"), spec: z.object({ lastkey: z.number(), keystep: z.number() }) }),
  z.object({ type: z.literal("keynum"), spec: z.object({ keynumidx: z.number(), firstkey: z.number() }) }),
  z.object({ type: z.literal("unknown") }),
]);
const keySpecSchema = z.object({ begin_search: beginSchema, find_keys: findSchema });
const commandSchema = z.tuple([z.string(), z.number()]).rest(z.unknown());
type KeySpec = z.infer<typeof keySpecSchema>;

const KEY_SPECS_AT = 8;

export type CommandFacts = { name: string; arity: number; keySpecs: KeySpec[] };

/** Every command, and every subcommand as `command|subcommand`; what only holds subcommands is left out. */
export async function readCommands(redis: TestRedis): Promise<CommandFacts[]> {
  const names = z.array(z.string()).parse(await redis.admin("COMMAND", "LIST"));
  const leaves = names.filter((name) => !names.some((other) => other.startsWith(`${name}|`))).sort();
  const infos = z.array(commandSchema).parse(await redis.admin("COMMAND", "INFO", ...leaves));
  return infos.map(([name, arity, ...rest]) => ({ name, arity, keySpecs: z.array(keySpecSchema).parse(rest[KEY_SPECS_AT - 2]) }));
}

/** Options must stand in their order for the server to find the keys behind them. */
const BY_HAND: Readonly<Record<string, string>> = { xread: "STREAMS {key} 0", xreadgroup: "GROUP g c STREAMS {key} >" };
const KEY = "{key}";

/** A call with `{key}` in every place where a key can stand; everything else is a "1", which the ACL does not look at. */
export function skeletonOf({ name, arity, keySpecs }: CommandFacts): string[] {
  const words = name.split("|");
  const byHand = BY_HAND[name];
  if (byHand !== undefined) return [...words, ...byHand.split(" ")];
  while (words.length < Math.abs(arity)) words.push("1");
  for (const spec of keySpecs) placeKeys(words, spec);
  return Array.from(words, (word) => word ?? "1");
}

function placeKeys(words: string[], { begin_search: begin, find_keys: find }: KeySpec): void {
  if (begin.type === "unknown" || find.type === "unknown") return;
  const start = begin.type === "index" ? begin.spec.index : words.push(begin.spec.keyword);
  if (find.type === "keynum") {
    words[start + find.spec.keynumidx] = "1";
    words[start + find.spec.firstkey] = KEY;
    return;
  }
  // A list without an end is tried with two.
  const last = find.spec.lastkey < 0 && begin.type === "index" ? find.spec.keystep : Math.max(0, find.spec.lastkey);
  for (let offset = 0; offset <= last; offset += find.spec.keystep) words[start + offset] = KEY;
  // What stands behind the last key: its value, or what every list of keys ends with (a timeout).
  const behind = Math.max(0, -1 - find.spec.lastkey);
  while (words.length < start + last + find.spec.keystep + behind) words.push("1");
}

/** The skeleton with `key` everywhere, or with `other` in the one place `at` of it. */
export function withKeys(skeleton: readonly string[], key: string, other?: { at: number; key: string }): string[] {
  return skeleton.map((word, index) => (word !== KEY ? word : index === other?.at ? other.key : key));
}

export const placesOf = (skeleton: readonly string[]): number[] => [...skeleton.keys()].filter((index) => skeleton[index] === KEY);
