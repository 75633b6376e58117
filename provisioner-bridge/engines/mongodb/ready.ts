/** The credentials of an answer have been used before the answer. */

import { UnfitServer } from "../unfit.ts";
import { tenantAddresses } from "./address.ts";
import { type MongodbServer, withClient } from "./server.ts";
import type { TenantUser } from "./users.ts";

/** Made and dropped by the proof: a new tenant finds its database empty, and a crash in between is put right by the retry. */
const PROOF_COLLECTION = "instanode_readiness";

/**
 * Connects with the tenant's own URL and does what its access allows: writes, reads and deletes a document, or reads.
 * @throws what the driver throws when it does not work
 */
export async function proveReady(server: MongodbServer, user: TenantUser): Promise<void> {
  if (user.access === "none") return;
  const { connection_url } = tenantAddresses(server.config, user);
  await server.checks(() =>
    withClient(connection_url, async (client) => {
      const collection = client.db(user.name).collection(PROOF_COLLECTION);
      if (user.access === "read_only") {
        await collection.findOne({});
        return;
      }
      const { insertedId: _id } = await collection.insertOne({ at: "create" });
      const found = await collection.findOne({ _id });
      const { deletedCount } = await collection.deleteOne({ _id });
      await collection.drop();
      if (found === null || deletedCount !== 1) throw new UnfitServer("a document that was written is not found again");
    }),
  );
}
