/** What a claim can change of a resource. */
import { expect, it } from "vitest";
import { SealError } from "../../../worker/crypto/seal.ts";
import { changeableSecret } from "../../../worker/services/grants/changeable.ts";
import { fakeDeps } from "./support/fake-deps.ts";

const ID = "4f9a4f0e-7a53-4c3b-9f8e-1d2c3b4a5f60";

/** An app whose one resource is of this kind, with credentials that nobody can open any more. */
async function withUnreadable(kind: string) {
  const { deps } = await fakeDeps();
  deps.database.query = async () => [{ kind, grant_sealed: "v1.gone" }];
  return deps;
}

it.each([
  ["postgres", "password"],
  ["vector", "password"],
  ["redis", "password"],
  ["mongodb", "password"],
  ["webhook", null],
])("of a %s it is %s whatever its credentials: a claim does not fail for them", async (kind, secret) => {
  expect(await changeableSecret(await withUnreadable(kind), ID)).toBe(secret);
});

it.each(["queue", "storage"])("of a %s the credentials say it", async (kind) => {
  await expect(changeableSecret(await withUnreadable(kind), ID)).rejects.toThrow(SealError);
});

it("of what is gone it is nothing", async () => {
  const { deps } = await fakeDeps();
  deps.database.query = async () => [];
  expect(await changeableSecret(deps, ID)).toBeNull();
});
