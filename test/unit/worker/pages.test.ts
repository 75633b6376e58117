/** What pages are made of: numbers as a person reads them, and text that stays text whatever it is. */
import { describe, expect, it } from "vitest";
import { RequestItems } from "../../../worker/pages/dashboard/requests.tsx";
import { shownAgo, shownBytes, shownCount, shownMebibytes, shownPrice, shownSpan } from "../../../worker/pages/format.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("numbers", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1 KB"],
    [1536, "1.5 KB"],
    [10 * 1024 ** 2, "10 MB"],
    [150.4 * 1024 ** 2, "150 MB"],
    [1024 ** 3, "1 GB"],
    [5000 * 1024 ** 4, "5000 TB"],
  ])("%i bytes are %s", (bytes, words) => expect(shownBytes(bytes)).toBe(words));

  it("-1 is unlimited, counts have commas, whole dollars no cents", () => {
    expect([shownMebibytes(-1), shownCount(-1)]).toEqual(["unlimited", "unlimited"]);
    expect([shownMebibytes(10_240), shownCount(10_000)]).toEqual(["10 GB", "10,000"]);
    expect([shownPrice(900), shownPrice(950), shownPrice(199_000)]).toEqual(["$9", "$9.50", "$1,990"]);
  });

  it.each([
    [MINUTE_MS - 1, "less than a minute"],
    [MINUTE_MS, "1 min"],
    [HOUR_MS - 1, "59 min"],
    [HOUR_MS, "1 h"],
    [48 * HOUR_MS - 1, "47 h"],
    [48 * HOUR_MS, "2 days"],
  ])("%i ms are %s", (ms, words) => {
    expect(shownSpan(ms)).toBe(words);
    expect(shownAgo(new Date(0).toISOString(), ms)).toBe(ms < MINUTE_MS ? "just now" : `${words} ago`);
  });
});

it("every part of a stored request is text, also what no server of today lets through", async () => {
  const evil = `"'><script>alert(1)</script>`;
  const request = {
    id: "req_06c3f5a1b2c3d4",
    method: evil,
    path: evil,
    query: evil,
    headers: { [evil]: [evil, evil] },
    body: evil,
    body_encoding: "utf-8" as const,
    received_at: new Date(0).toISOString(),
    bytes: 1,
  };
  const html = String(await RequestItems({ requests: [request] }));
  expect(html).not.toContain("<script");
  expect(html.match(/&lt;script&gt;/g)).toHaveLength(7);
});
