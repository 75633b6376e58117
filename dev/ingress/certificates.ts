/** A certificate authority of this data directory, and a certificate for all apps. Nothing is installed on the machine. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process/run.ts";

const OPENSSL_TIMEOUT_MS = 20_000;
const AUTHORITY_DAYS = "3650";
/** Clients refuse longer ones. A start makes a new one. */
const CERTIFICATE_DAYS = "397";
const PRIVATE = 0o700;
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface Certificates {
  /** The root's certificate, for clients. */
  root: string;
  /** Certificate and key for the server, as one text. Secret. */
  bundle: string;
}

/** @throws SetupError when there is no openssl */
export async function makeCertificates(folder: string, domain: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: PRIVATE });
  const [root, rootKey, leaf, leafKey] = ["root.crt", "root.key", "apps.crt", "apps.key"].map((name) => join(folder, name)) as Paths;
  if (!existsSync(root)) await makeAuthority(root, rootKey, domain);
  const names = ["-subj", `/CN=*.${domain}`, "-addext", `subjectAltName=DNS:*.${domain}`, "-addext", "basicConstraints=critical,CA:FALSE"];
  const signed = ["-CA", root, "-CAkey", rootKey, "-days", CERTIFICATE_DAYS, "-addext", "extendedKeyUsage=serverAuth"];
  await openssl(["req", "-x509", ...KEY, "-keyout", leafKey, "-out", leaf, ...names, ...signed]);
  return { root, bundle: readFileSync(leaf, "utf8") + readFileSync(leafKey, "utf8") };
}

type Paths = [root: string, rootKey: string, leaf: string, leafKey: string];

/** It can sign for the apps' domain only, so trusting it by hand opens nothing else. */
async function makeAuthority(root: string, key: string, domain: string): Promise<void> {
  const extensions = [
    "basicConstraints=critical,CA:TRUE,pathlen:0",
    "keyUsage=critical,keyCertSign,cRLSign",
    `nameConstraints=critical,permitted;DNS:${domain}`,
  ].flatMap((extension) => ["-addext", extension]);
  const draft = `${root}.new`;
  const subject = ["-subj", "/CN=instanode on this machine"];
  await openssl(["req", "-x509", ...KEY, "-keyout", key, "-out", draft, "-days", AUTHORITY_DAYS, ...subject, ...extensions]);
  chmodSync(key, 0o600);
  writeFileSync(root, readFileSync(draft));
}

const openssl = (args: readonly string[]): Promise<string> =>
  run("openssl", args, { purpose: "Certificates of the apps", timeoutMs: OPENSSL_TIMEOUT_MS, env: { PATH: process.env.PATH ?? "" } });
