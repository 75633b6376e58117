/** Deploys wait in line: a configured number builds at a time, teams take turns, and the position in the line falls. */
import { expect, it } from "vitest";
import { accepted, answering, decided, itemOf, postDeploy, tarballOf } from "../support/apps.ts";
import { accountWithKey, api } from "../support/apps-stack.ts";

const OF_THE_FIRST = 5;

it("a second team does not wait for the whole line of the first, and the position falls", async () => {
  const [first, second] = await Promise.all([accountWithKey("pro"), accountWithKey("pro")]);
  const tarball = await tarballOf({
    ...answering("x"),
    Dockerfile: 'FROM node:20\nCOPY server.js /\nRUN sleep 2\nCMD ["node", "/server.js"]\n',
  });
  const line: string[] = [];
  for (let index = 0; index < OF_THE_FIRST; index += 1) {
    line.push(accepted(await postDeploy(api, first.bearer, { name: `one-${index}`, tarball })).app_id);
  }
  const own = accepted(await postDeploy(api, second.bearer, { name: "other", tarball })).app_id;

  const last = line.at(-1) ?? "";
  const positions: number[] = [];
  await expect
    .poll(
      async () => {
        const [waiting, other] = await Promise.all([itemOf(api, first.bearer, last), itemOf(api, second.bearer, own)]);
        if (typeof waiting.queue_position === "number") positions.push(waiting.queue_position);
        expect(other.failure ?? null).toBeNull();
        return other.status;
      },
      { timeout: 200_000, interval: 200 },
    )
    .toBe("healthy");
  // Round robin: the second team's only deploy ends before the first team's fifth.
  expect((await itemOf(api, first.bearer, last)).status).not.toBe("healthy");
  expect(await decided(api, first.bearer, last)).toMatchObject({ status: "healthy" });
  // Turns of other teams may put it back by a place; it falls all the same.
  expect(Math.max(...positions)).toBeGreaterThan(1);
  expect(positions.at(-1)).toBeLessThan(Math.max(...positions));
});
