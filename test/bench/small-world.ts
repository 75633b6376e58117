/** The stack with few tenants, for the comparison with many: started when it is first asked for, and as warm as the other one. */

import type { Stacks } from "./stacks.ts";
import type { World } from "./world.ts";
import { beginExpiry, drainPool, livingDatabases, untilGone } from "./world.ts";

/** Handed out, dropped again, and not counted. */
const WARM_UP = 50;

export function openSmallWorld(stacks: Stacks): () => Promise<World> {
  let world: Promise<World> | undefined;
  return () => {
    world ??= stacks.open("small", ["postgres"]).then(async (opened) => {
      await opened.filling.fillTo(WARM_UP);
      await drainPool(opened);
      const { rows } = await opened.platform.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM resources WHERE kind = 'postgres'",
      );
      const ids = await livingDatabases(opened, rows[0]?.count ?? 0);
      await beginExpiry(opened, ids);
      await untilGone(opened, ids);
      return opened;
    });
    return world;
  };
}
