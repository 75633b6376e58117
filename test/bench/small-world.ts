/** The stack with few tenants, for the comparison with many: started when it is first asked for, and as warm as the other one. */
import { z } from "zod";
import { PreconditionError } from "./precondition.ts";
import type { Stacks } from "./stacks.ts";
import { beginExpiry, drainPool, untilGone, type World } from "./world.ts";

/** Hand-outs cost a CREATE and a DROP DATABASE each: few of them … */
const HAND_OUTS = 50;
/** … and many of what is cheap and goes through the same code of Worker and bridge: caches. */
const CHEAP_CREATES = 600;

/** @throws PreconditionError without Redis */
export function openSmallWorld(stacks: Stacks): () => Promise<World> {
  let world: Promise<World> | undefined;
  return () => {
    world ??= stacks.open("small", ["postgres", "redis"]).then(async (opened) => {
      if (opened.stack.urls.engines.redis === undefined) throw new PreconditionError("redis does not run here");
      for (let count = 0; count < CHEAP_CREATES; count += 1) await opened.create("/cache/new");
      await opened.filling.fillTo(HAND_OUTS);
      await drainPool(opened);
      await removeAll(opened);
      return opened;
    });
    return world;
  };
}

/** The warm-up leaves no tenant behind. */
async function removeAll(world: World): Promise<void> {
  const { rows } = await world.platform.query("SELECT id FROM resources WHERE kind IN ('postgres', 'redis') AND status = 'active'");
  const ids = z.array(z.object({ id: z.uuid() })).parse(rows);
  await beginExpiry(
    world,
    ids.map(({ id }) => id),
  );
  await untilGone(
    world,
    ids.map(({ id }) => id),
  );
}
