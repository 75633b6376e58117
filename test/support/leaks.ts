/** The promise "secrets at rest are ciphertext or hashes; none ever reaches a log", held against everything a stack has written. */
import { loadSecrets } from "../../dev/secrets.ts";
import { type Canary, findLeaks, readCanaries } from "./canaries.ts";
import { dump } from "./inspect.ts";
import { readLogs, readObjects, type StackFacts } from "./stack.ts";

/** Searches logs, both databases and the Durable Objects' files for the stack's own secrets and every one met so far. @throws Error that names each find */
export async function expectNoLeaks(stack: StackFacts): Promise<void> {
  const canaries = [...readCanaries(stack.canaryFile), ...(await ownSecrets(stack))];
  const places = [
    ...readLogs(stack),
    ...readObjects(stack),
    { name: "the platform database", text: await dump(stack.platformUrl) },
    { name: "the registry", text: await dump(stack.registryUrl) },
  ];
  const leaks = findLeaks(canaries, places);
  if (leaks.length > 0) throw new Error(`secrets stand in the open: ${leaks.join("; ")}`);
}

async function ownSecrets({ secretsFile }: StackFacts): Promise<Canary[]> {
  const { jobSigningKeys, tokenSigningKeys, bridgeSigningKeys, bridgeDecryptionKeys, encryptionKeys, bridgeSecrets, engines, ...others } =
    await loadSecrets(secretsFile);
  return [
    ...[...jobSigningKeys.keys, ...tokenSigningKeys.keys, ...bridgeSigningKeys.keys, ...bridgeDecryptionKeys.keys].map(({ kid, d }) => ({
      what: `private key ${kid}`,
      value: d,
    })),
    ...encryptionKeys.map(({ kid, key }) => ({ what: `encryption key ${kid}`, value: key })),
    ...bridgeSecrets.map(({ id, secret }) => ({ what: `bridge secret ${id}`, value: secret })),
    ...Object.entries({ ...others, ...engines }).map(([what, value]) => ({ what, value })),
  ];
}
