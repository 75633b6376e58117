import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { scramVerifier } from "../../../provisioner-bridge/engines/postgres/scram.ts";

// The example of RFC 7677 section 3: user "user", password "pencil".
const SALT = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const AUTH_MESSAGE =
  "n=user,r=rOprNGfwEbeRWgbNEkqO," +
  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096," +
  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const CLIENT_PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

test("the verifier accepts the client proof of RFC 7677 and yields its server signature", async () => {
  const verifier = await scramVerifier("pencil", SALT);
  const [, iterations, salt, storedKey = "", serverKey = ""] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
  expect([iterations, salt]).toEqual(["4096", SALT.toString("base64")]);

  const signature = createHmac("sha256", Buffer.from(storedKey, "base64")).update(AUTH_MESSAGE).digest();
  const proof = Buffer.from(CLIENT_PROOF, "base64");
  const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
  expect(createHash("sha256").update(clientKey).digest("base64")).toBe(storedKey);
  expect(createHmac("sha256", Buffer.from(serverKey, "base64")).update(AUTH_MESSAGE).digest("base64")).toBe(SERVER_SIGNATURE);
});
