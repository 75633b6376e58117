/** NATS's ready-made tenants keep what every engine's do: an account with its JetStream and the keys of the derived password. */
import { randomBytes } from "node:crypto";
import { tenantLimits } from "../../../contract/limits.ts";
import { accountJwt } from "../../../provisioner-bridge/engines/nats/account.ts";
import { keyOf } from "../../../provisioner-bridge/engines/nats/nkeys.ts";
import { describePool, usePool } from "../suite/pool.ts";
import { natsSubject, pushAs } from "./subject.ts";

const another = keyOf("A", randomBytes(32));

describePool(usePool(natsSubject()), {
  anonymous: tenantLimits("queue", "anonymous"),
  // The account lets in whom another key has signed, as after a rotation.
  spoil: (server, name) => pushAs(server, name, (state, signing) => accountJwt({ ...state, signer: another.id }, signing)),
});
