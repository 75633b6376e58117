/** Every value comes back byte for byte from whoever reads the format: real shells, and Node's own reader of .env files. */
import { parseEnv } from "node:util";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { dotenv, shell } from "../../../worker/routes/resources/env-format.ts";

const NASTY = {
  EMPTY: "",
  URL: "postgres://t_a:p%40ss@db.example:5432/t_a?sslmode=require",
  AMPERSAND: "mongodb://u:p@h:27017/d?authSource=d&maxPoolSize=2",
  SPACE: " leading and trailing ",
  DOLLAR: "$HOME \u0024{HOME} $(id) `id`",
  HASH: "a #b",
  DOUBLE: 'say "hi"',
  BACKSLASH: "a\\nb\\",
  LINES: "-----BEGIN NATS USER JWT-----\neyJ0\n------END\n\n# not a comment\n",
  GLOB: "* ? [a-z] ~ {a,b} !x",
  SEMICOLON: "a; rm -rf /tmp/none | cat > /dev/null",
  UMLAUT: "ü €",
};
const QUOTES = { ...NASTY, SINGLE: "it's", BOTH: `it's "both" $HOME \`id\` \\` };

/** The variables a shell has after it has run `script`, each ended by a NUL. */
async function afterwards(program: string, script: string, names: readonly string[]): Promise<string[]> {
  const print = names.map((name) => `printf '%s\\0' "$${name}"`).join("\n");
  const { stdout } = await execa(program, ["-c", `${script}\n${print}`], {
    extendEnv: false,
    env: { PATH: process.env.PATH ?? "", HOME: "/h" },
    stripFinalNewline: false,
  });
  return stdout.split("\0").slice(0, -1);
}

describe.each(["sh", "dash", "bash"])("%s", (program) => {
  it("gets every value back from the shell format, exported", async () => {
    expect(await afterwards(program, shell(QUOTES), Object.keys(QUOTES))).toEqual(Object.values(QUOTES));
    const { stdout } = await execa(program, ["-c", `${shell({ ONE: "it's" })}env`]);
    expect(stdout.split("\n")).toContain("ONE=it's");
  });

  it("gets every value back from a .env file as well", async () => {
    expect(await afterwards(program, dotenv(QUOTES), Object.keys(QUOTES))).toEqual(Object.values(QUOTES));
  });
});

it("Node's reader of .env files gets every value back", () => {
  expect(parseEnv(dotenv(NASTY))).toEqual(NASTY);
});

it("a URL needs no quotes: Docker's --env-file would take them for part of it", () => {
  expect(dotenv({ DATABASE_URL: NASTY.URL })).toBe(`DATABASE_URL=${NASTY.URL}\n`);
});
