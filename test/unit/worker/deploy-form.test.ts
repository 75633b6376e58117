/** A form means the same however the network cuts it into chunks. */
import { expect, it } from "vitest";
import { VARIABLES_MAX_BYTES } from "../../../contract/deploys.ts";
import { readForm } from "../../../worker/services/deploys/form.ts";

const BOUNDARY = "X123";
const TARBALL = "hello\r\n--X12 world\r\n\r\n-";
/** It spans several chunks. */
const LONG = Array.from({ length: 100 }, (_, index) => String(index)).join("");
const FORM = [
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="tarball"; filename="a.tar.gz"\r\nContent-Type: application/gzip\r\n\r\n${TARBALL}\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nmy-app\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n`,
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="long"\r\n\r\n${LONG}\r\n`,
  `--${BOUNDARY}--\r\n`,
].join("");
const bytes = new TextEncoder().encode(FORM);

function read(chunks: readonly Uint8Array[]) {
  const form = readForm(`multipart/form-data; boundary=${BOUNDARY}`, "tarball");
  const tarball = chunks.flatMap((chunk) => form.write(chunk)).map((part) => new TextDecoder().decode(part));
  return { ...form.end(), tarball: tarball.join("") };
}

const whole = { fields: { name: "my-app", empty: "", long: LONG }, hasStreamed: true, tarball: TARBALL };

it("cut anywhere into two", () => {
  for (let at = 0; at <= bytes.length; at += 1) expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(whole);
});

it.each([1, 2, 3, 5, 7])("in chunks of %d bytes", (size) => {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
  expect(read(chunks)).toEqual(whole);
});

it.each([1, 2, 3, 5, 7, 64])("in chunks of %d bytes that are read into the same two blocks of memory, in turns", (size) => {
  const form = readForm(`multipart/form-data; boundary=${BOUNDARY}`, "tarball");
  const blocks = [new Uint8Array(size), new Uint8Array(size)] as const;
  let tarball = "";
  for (let index = 0; index * size < bytes.length; index += 1) {
    const chunk = bytes.subarray(index * size, (index + 1) * size);
    const block = blocks[index % 2] ?? blocks[0];
    block.set(chunk);
    for (const part of form.write(block.subarray(0, chunk.length))) tarball += new TextDecoder().decode(part);
    // What the next read but one writes there.
    blocks[(index + 1) % 2]?.fill(0);
  }
  expect({ ...form.end(), tarball }).toEqual(whole);
});

it("a field may be as long as its limit", () => {
  const fieldOf = (length: number) => {
    const form = readForm(`multipart/form-data; boundary=${BOUNDARY}`, "tarball");
    form.write(
      new TextEncoder().encode(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\n${"v".repeat(length)}\r\n--${BOUNDARY}--\r\n`,
      ),
    );
    return form.end().fields.x?.length;
  };
  const limit = 2 * VARIABLES_MAX_BYTES;
  expect([fieldOf(limit - 1), fieldOf(limit)]).toEqual([limit - 1, limit]);
  expect(() => fieldOf(limit + 1)).toThrow("invalid_form");
});

it("cut off anywhere, it is refused", () => {
  // The line break behind the last boundary may be missing.
  for (let at = 0; at < bytes.length - 2; at += 1) expect(() => read([bytes.subarray(0, at)]), `cut off at ${at}`).toThrow("invalid_form");
});
