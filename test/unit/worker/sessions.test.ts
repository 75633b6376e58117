/** Sessions through a change of keys, and up to their last second. The app is whole; only its far ends are stand-ins. */
import { decodeProtectedHeader } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { SESSION_COOKIE, SESSION_LIFETIME_SECONDS } from "../../../contract/accounts.ts";
import type { PrivateJwk } from "../../../contract/signed-message.ts";
import { publicJwksSchema } from "../../../worker/crypto/signing-keys.ts";
import { envelope, startApp } from "./support/ask.ts";
import { signingKey } from "./support/fake-deps.ts";

const WHOAMI = "/api/v1/whoami";
type App = Awaited<ReturnType<typeof startApp>>;

let older: PrivateJwk;
let newer: PrivateJwk;
beforeAll(async () => {
  [older, newer] = [await signingKey("2026-10"), await signingKey("2026-11")];
});

const appWith = (...tokenSigningKeys: [PrivateJwk, ...PrivateJwk[]]) => startApp({ tokenSigningKeys });
const sessionFrom = ({ deps, database }: App) => deps.tokens.issueSession({ userId: database.account.user_id, jti: crypto.randomUUID() });

/** Who is signed in with it, as a bearer and as a cookie alike; or why not. */
async function signedIn({ ask, database }: App, session: string): Promise<string> {
  const ways = [{ Authorization: `Bearer ${session}` }, { Cookie: `${SESSION_COOKIE}=${session}` }];
  const answers = await Promise.all(ways.map((headers) => ask(WHOAMI, { headers })));
  const ends = await Promise.all(
    answers.map(async (answer) => (answer.status === 200 ? "signed in" : `${answer.status} ${(await envelope(answer)).error_code}`)),
  );
  expect(new Set(ends).size, ends.join()).toBe(1);
  expect(database.account.user_id).toBeTruthy();
  return ends[0] ?? "";
}

describe("the signing keys rotate", () => {
  it("a new key comes first: it signs from now on, and who was signed in by the old one stays so", async () => {
    const [before, during] = [await appWith(older), await appWith(newer, older)];
    const [old, fresh] = [await sessionFrom(before), await sessionFrom(during)];
    expect([decodeProtectedHeader(old).kid, decodeProtectedHeader(fresh).kid]).toEqual([older.kid, newer.kid]);
    expect([await signedIn(during, old), await signedIn(during, fresh)]).toEqual(["signed in", "signed in"]);
  });

  it("one published ahead of its use verifies already: a Worker that is a deployment behind refuses nobody", async () => {
    const [behind, ahead] = [await appWith(older, newer), await appWith(newer, older)];
    expect(await signedIn(behind, await sessionFrom(ahead))).toBe("signed in");
  });

  it("the old one is removed after its last session could end: what it signed is 401, what the new one signed goes on", async () => {
    const [during, after] = [await appWith(newer, older), await appWith(newer)];
    const [old, fresh] = [await sessionFrom(await appWith(older)), await sessionFrom(during)];
    expect([await signedIn(after, old), await signedIn(after, fresh)]).toEqual(["401 invalid_claims", "signed in"]);
  });

  it("a removed kid given to another key opens nothing that the removed one signed", async () => {
    const impostor = await signingKey(older.kid);
    const after = await appWith(newer, impostor);
    expect(await signedIn(after, await sessionFrom(await appWith(older)))).toBe("401 invalid_claims");
  });

  it("and what is published names every key in use, by its public half alone", async () => {
    const { ask } = await appWith(newer, older);
    const answer = await ask("/.well-known/jwks.json");
    expect(publicJwksSchema.parse(await answer.clone().json()).keys.map(({ kid }) => kid)).toEqual([newer.kid, older.kid]);
    expect(await answer.text()).not.toContain(newer.d);
  });
});

it("a session lasts to its last second and not one longer, whatever the database says", async () => {
  const app = await appWith(newer);
  const session = await sessionFrom(app);
  app.clock.nowMs += (SESSION_LIFETIME_SECONDS - 1) * 1000;
  expect(await signedIn(app, session)).toBe("signed in");
  app.clock.nowMs += 1000;
  expect(await signedIn(app, session)).toBe("401 expired_token");
});
