/** A key that could be read as a path out of its prefix is refused, in every encoding, and one that cannot is taken as it is. */
import { describe, expect, test } from "vitest";
import { objectKeySchema } from "../../../worker/routes/storage/object-key.ts";

function codeOf(key: unknown): string {
  const parsed = objectKeySchema.safeParse(key);
  if (!parsed.success) return parsed.error.issues[0]?.message ?? "";
  return parsed.data === key ? "taken" : "changed";
}

const encode = (text: string): string => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const again = (text: string): string => text.replaceAll("%", "%25");

describe("path_unsafe", () => {
  const paths = [
    "../x",
    "a/../b",
    "a/..",
    "..",
    ".",
    "./x",
    "a/./b",
    "a/.",
    "/x",
    "//x",
    "a//b",
    "a/",
    "/",
    "\\x",
    "..\\x",
    "a\\..\\b",
    "a/\\/b",
  ];
  const spaced = [" ../x", "a/.. /b", "a/ /b", "a/\t/b"];
  test.each([...paths, ...spaced, "a\0b"].map((key) => [key]))("%j", (key) => {
    for (const form of [key, encode(key), encode(key).toUpperCase().replaceAll("%25", "%"), again(encode(key)), again(again(encode(key)))])
      expect([form, codeOf(form)]).toEqual([form, "path_unsafe"]);
  });

  test.each([
    ["%2e%2e/x"],
    ["%2E%2E%2Fx"],
    [".%2e/x"],
    ["a%2f..%2fb"],
    ["a%2F%2e%2E%2fb"],
    ["a%5c..%5cb"],
    ["%c0%ae%c0%ae/x"],
    ["%C0%AE%C0%AE%C0%AFx"],
    ["%e0%80%ae%e0%80%ae/x"],
    ["%f0%80%80%ae%f0%80%80%ae/x"],
    ["%u002e%u002e/x"],
    ["a%u002f%u002fb"],
    ["a%00b"],
    [`%${"25".repeat(20)}2e%2e/x`],
  ])("%j", (key) => expect(codeOf(key)).toBe("path_unsafe"));
});

test.each([
  ["x"],
  ["uploads/photo.jpg"],
  ["a b+c&d=e?f#g"],
  ["100%"],
  ["50%/half"],
  ["%zz"],
  ["..."],
  ["a..b/.hidden/c."],
  ["ünï/日本/🙂.txt"],
  ["%41/b"],
  ["it's (a) *star*!"],
  ["x".repeat(1_000)],
])("%j is taken as it is", (key) => expect(codeOf(key)).toBe("taken"));

test.each([[undefined], [null], [""], [7], [["x"]], [{}], ["x".repeat(1_001)], ["ü".repeat(501)], ["\ud800"]])("%j is no key", (key) =>
  expect(codeOf(key)).toBe("invalid_key"),
);
