/** A bad tarball is refused for one documented reason, without holding what it claims to hold. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SOURCE_ENTRIES_MAX, SOURCE_UNPACKED_MAX_BYTES, type TarballReason } from "../../../../contract/deploys.ts";
import { TarballError } from "../../../../provisioner-bridge/services/sources/paths.ts";
import { READ_FILES, recognize } from "../../../../provisioner-bridge/services/sources/recipes.ts";
import { createTarCheck } from "../../../../provisioner-bridge/services/sources/tar-check.ts";
import type { TarFacts } from "../../../../provisioner-bridge/services/sources/tar-headers.ts";
import { END, file, member, pax, paxMember, tar, targz } from "../../../support/tarballs.ts";

const CHUNK_BYTES = 65_536;
const LARGE_BYTES = 200 * 1_048_576;
const MEMORY_MAX_BYTES = 64 * 1_048_576;

async function check(bytes: Buffer): Promise<TarFacts> {
  const tarCheck = createTarCheck(READ_FILES);
  try {
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) await tarCheck.write(bytes.subarray(from, from + CHUNK_BYTES));
    return await tarCheck.end();
  } finally {
    tarCheck.destroy();
  }
}

const reasonOf = (bytes: Buffer): Promise<TarballReason | "accepted"> =>
  check(bytes).then(
    () => "accepted",
    (error: unknown) => {
      if (error instanceof TarballError) return error.reason;
      throw error;
    },
  );

const dockerfile = file("Dockerfile", "FROM node:20\n");
const good = targz(dockerfile, file("server.js"));
const many = (count: number): Buffer => targz(Buffer.concat(Array.from({ length: count }, (_, index) => member({ path: `f${index}` }))));
const octal = (size: number): string => `${size.toString(8).padStart(11, "0")}\0`;
/** As many entries as may be, each 500 folders deep: their cost must not grow with the depth. */
const deep = (path: (index: number) => string): Buffer =>
  targz(...Array.from({ length: SOURCE_ENTRIES_MAX }, (_, index) => paxMember(path(index), {})));
/** A gzip bomb: as many zeros as it takes. */
const bomb = (bytes: number): Buffer =>
  gzipSync(Buffer.concat([member({ path: "zeros", size: octal(bytes) }), Buffer.alloc(bytes), END]), { level: 1 });

test.each<[string, () => Buffer, TarballReason | "accepted"]>([
  ["a plain one", () => good, "accepted"],
  ["folders with ./ before them", () => targz(member({ path: "./", type: "5" }), file("./Dockerfile"), file("./src/a.js")), "accepted"],
  ["a folder twice", () => targz(member({ path: "src/", type: "5" }), member({ path: "src/", type: "5" }), dockerfile), "accepted"],
  [
    "a global pax header, as git archive writes",
    () => targz(member({ path: "pax_global_header", type: "g", data: Buffer.from("11 comment=\n".replace("11", "12")) }), dockerfile),
    "accepted",
  ],
  ["a long name in a pax header", () => targz(paxMember(`${"d/".repeat(100)}file`, {}), dockerfile), "accepted"],
  ["a link inside of the tree", () => targz(dockerfile, member({ path: "src/a", type: "2", link: "../Dockerfile" })), "accepted"],
  ["a hard link to an earlier file", () => targz(dockerfile, member({ path: "a", type: "1", link: "Dockerfile" })), "accepted"],
  ["no gzip", () => tar(dockerfile), "not_gzip"],
  ["nothing", () => Buffer.alloc(0), "truncated"],
  ["text", () => Buffer.from("hello, this is text"), "not_gzip"],
  ["a cut-off gzip", () => good.subarray(0, good.length - 12), "truncated"],
  ["a cut-off tar in a whole gzip", () => gzipSync(tar(file("a", "x".repeat(2_000))).subarray(0, 1_200)), "truncated"],
  ["garbage after the gzip", () => Buffer.concat([good, Buffer.from("garbage")]), "not_gzip"],
  ["a second archive in a second member", () => Buffer.concat([good, good]), "bad_header"],
  ["data after the end of the archive", () => gzipSync(Buffer.concat([tar(dockerfile), file("late")])), "bad_header"],
  ["a gzip in the gzip", () => gzipSync(good), "bad_header"],
  ["no tar", () => gzipSync(Buffer.from("x".repeat(2_048))), "bad_header"],
  ["..", () => targz(dockerfile, file("../evil")), "unsafe_path"],
  [".. inside", () => targz(dockerfile, file("a/../../evil")), "unsafe_path"],
  ["an absolute path", () => targz(dockerfile, file("/etc/passwd")), "unsafe_path"],
  ["a drive", () => targz(dockerfile, file("C:\\evil")), "unsafe_path"],
  ["a backslash", () => targz(dockerfile, file("a\\..\\evil")), "unsafe_path"],
  ["NUL in a pax name", () => targz(paxMember("a\0b", {}), dockerfile), "unsafe_path"],
  ["a very long pax name", () => targz(paxMember("n".repeat(2_000), {}), dockerfile), "unsafe_path"],
  ["a pax header of 100 kB", () => targz(paxMember("n".repeat(100_000), {}), dockerfile), "bad_header"],
  ["a link out of the tree", () => targz(dockerfile, member({ path: "a", type: "2", link: "../../etc" })), "unsafe_link"],
  ["an absolute link", () => targz(dockerfile, member({ path: "a", type: "2", link: "/etc/passwd" })), "unsafe_link"],
  [
    "a link that goes up behind a name",
    () => targz(dockerfile, member({ path: "a", type: "2", link: "src/../Dockerfile" })),
    "unsafe_link",
  ],
  [
    "links that leave the tree together",
    () => targz(dockerfile, member({ path: "x/up", type: "2", link: ".." }), member({ path: "a", type: "2", link: "x/up/../etc" })),
    "unsafe_link",
  ],
  [
    "a link with a body",
    () => targz(dockerfile, member({ path: "a", type: "1", link: "Dockerfile", data: Buffer.alloc(512) })),
    "bad_header",
  ],
  ["a file named as a folder", () => targz(dockerfile, file("a/")), "bad_header"],
  ["a sparse file with a second name", () => targz(pax({ "GNU.sparse.name": "../evil" }), dockerfile), "bad_header"],
  ["a pax name with a line break", () => targz(pax({ path: "../a\nb" }), dockerfile), "unsafe_path"],
  ["a pax record inside of a value", () => targz(pax({ comment: "x\n9 path=a" }), file("../evil")), "unsafe_path"],
  [
    "a pax record of a wrong length",
    () => targz(member({ path: "pax", type: "x", data: Buffer.from("99 path=a\n") }), dockerfile),
    "bad_header",
  ],
  ["a global pax name", () => targz(member({ path: "pax", type: "g", data: Buffer.from("9 path=a\n") }), dockerfile), "bad_header"],
  [
    "two names for one entry",
    () => targz(pax({ path: "a" }), member({ path: "long", type: "L", data: Buffer.from("b\0") }), dockerfile),
    "bad_header",
  ],
  [
    "attributes that are no text, as macOS writes",
    () => targz(pax({ "SCHILY.xattr.com.apple.provenance": "\x01\n\0" }), dockerfile),
    "accepted",
  ],
  ["AppleDouble files", () => targz(file("./._Dockerfile"), file("./Dockerfile")), "accepted"],
  ["no end of the archive", () => gzipSync(dockerfile), "truncated"],
  ["deep folders, each of its own", () => deep((index) => `${index}/${"a/".repeat(500)}f`), "too_many_entries"],
  ["deep folders, all the same", () => deep((index) => `${"a/".repeat(500)}${index}`), "accepted"],
  ["a file through a link", () => targz(dockerfile, member({ path: "a", type: "2", link: "src" }), file("a/evil")), "unsafe_link"],
  ["a link in place of a folder", () => targz(dockerfile, file("a/b"), member({ path: "a", type: "2", link: "src" })), "unsafe_link"],
  ["a hard link to nothing", () => targz(dockerfile, member({ path: "a", type: "1", link: "gone" })), "unsafe_link"],
  ["a hard link out of the tree", () => targz(dockerfile, member({ path: "a", type: "1", link: "../x" })), "unsafe_link"],
  [
    "a chain of hard links",
    () => targz(dockerfile, member({ path: "a", type: "1", link: "Dockerfile" }), member({ path: "b", type: "1", link: "a" })),
    "unsafe_link",
  ],
  ["a character device", () => targz(dockerfile, member({ path: "a", type: "3" })), "device"],
  ["a block device", () => targz(dockerfile, member({ path: "a", type: "4" })), "device"],
  ["a fifo", () => targz(dockerfile, member({ path: "a", type: "6" })), "device"],
  ["a second Dockerfile", () => targz(dockerfile, dockerfile), "duplicate_entry"],
  ["a second Dockerfile by another name", () => targz(dockerfile, file("./Dockerfile")), "duplicate_entry"],
  ["a file below a file", () => targz(dockerfile, file("Dockerfile/x")), "duplicate_entry"],
  ["a wrong checksum", () => targz(member({ path: "Dockerfile", checksum: 7 })), "bad_header"],
  ["a negative size", () => targz(member({ path: "Dockerfile", size: "\xff".repeat(12) })), "bad_header"],
  ["a size that is no number", () => targz(member({ path: "Dockerfile", size: "99999999zzz\0" })), "bad_header"],
  ["as many entries as may be", () => many(SOURCE_ENTRIES_MAX), "accepted"],
  ["one entry more", () => many(SOURCE_ENTRIES_MAX + 1), "too_many_entries"],
  ["100,000 empty entries", () => many(100_000), "too_many_entries"],
  ["a file that claims to be huge", () => targz(member({ path: "huge", size: octal(SOURCE_UNPACKED_MAX_BYTES) })), "too_large_unpacked"],
  [
    "a gzip bomb",
    () => gzipSync(Buffer.concat([member({ path: "zeros", size: octal(SOURCE_UNPACKED_MAX_BYTES + 1) }), Buffer.alloc(LARGE_BYTES)])),
    "too_large_unpacked",
  ],
])("%s: %s", async (_what, make, expected) => {
  expect(await reasonOf(make())).toBe(expected);
});

test("memory stays bounded while a large archive passes", async () => {
  const bytes = bomb(LARGE_BYTES);
  const before = process.memoryUsage.rss();
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, 5);
  expect(await reasonOf(bytes)).toBe("accepted");
  clearInterval(watch);
  expect(highest - before).toBeLessThan(MEMORY_MAX_BYTES);
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "instanode-tar-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "Dockerfile"), "FROM node:20\n");
  writeFileSync(join(folder, "src", `${"long".repeat(40)}.js`), "x");
  symlinkSync("Dockerfile", join(folder, "link"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["gnu", "pax", "ustar", "v7", "oldgnu"])("tar --format=%s makes what is accepted", async (format) => {
  const exclude = ["v7", "ustar"].includes(format) ? ["--exclude=long*"] : [];
  const bytes = execFileSync("tar", [`--format=${format}`, ...exclude, "-czf", "-", "-C", folder, "."]);
  const { rootFiles } = await check(bytes);
  expect(rootFiles).toContain("Dockerfile");
});

test.each<[string, Record<string, string>, string | null, RegExp]>([
  ["its own Dockerfile", { Dockerfile: "FROM x", "package.json": "{}" }, "dockerfile", /^$/],
  ["node with npm start", { "package.json": '{"scripts":{"start":"node x"}}' }, "node", /CMD \["npm","start"\]/],
  ["node with a file", { "package.json": "{}", "server.js": "" }, "node", /CMD \["node","server.js"\]/],
  ["node with packages", { "package.json": '{"dependencies":{"express":"5"}}', "index.js": "" }, "node", /RUN npm install --omit=dev/],
  ["node with a broken package.json", { "package.json": "{", "index.js": "" }, "node", /CMD \["node","index.js"\]/],
  ["flask", { "requirements.txt": "Flask==3\n", "app.py": "" }, "python", /exec flask --app app run/],
  ["a Procfile", { "requirements.txt": "", Procfile: "web: gunicorn app:app -b 0.0.0.0:$PORT\n" }, "python", /exec gunicorn app:app/],
  ["pyproject", { "pyproject.toml": "", "main.py": "" }, "python", /pip install --no-cache-dir \.\n(?:.*\n)*.*exec python main\.py/],
  ["a static site", { "index.html": "<p>" }, "static", /FROM nginx/],
  ["nothing known", { "main.rs": "" }, null, /^$/],
])("recognizes %s", async (_what, files, recipe, text) => {
  const known = recognize(await check(targz(...Object.entries(files).map(([path, content]) => file(path, content)))));
  expect(known?.recipe ?? null).toBe(recipe);
  expect(known?.dockerfile ?? "").toMatch(text);
});

test.each<[string, Record<string, string>, boolean]>([
  ["none in its own Dockerfile", { Dockerfile: "FROM x\n# RUN nothing\nCMD RUN\n" }, false],
  ["one in its own Dockerfile", { Dockerfile: "FROM x\nRUN make\n" }, true],
  ["one that is indented, in small letters", { Dockerfile: "FROM x\n\t run make\n" }, true],
  ["one in a Dockerfile that is too large to be read", { Dockerfile: `FROM x\n${"#".repeat(1_048_576)}\n` }, true],
  ["none in the Dockerfile that we write", { "package.json": "{}" }, false],
  ["one in the Dockerfile that we write", { "index.html": "" }, true],
])("finds RUN instructions: %s", async (_what, files, hasRun) => {
  const known = recognize(await check(targz(...Object.entries(files).map(([path, content]) => file(path, content)))));
  expect(known?.hasRun).toBe(hasRun);
});
