/** Creates as a caller makes them: from the request to the whole answer, over connections kept open. */
import { z } from "zod";
import { type Caller, freshCaller, LOCAL } from "../support/callers.ts";
import { send } from "../support/http.ts";
import { readSteps, type Steps } from "./steps.ts";

const createdSchema = z.object({ ok: z.literal(true), id: z.uuid(), cold: z.boolean().default(false) });

/** What an anonymous caller may make in a day (plans.yaml): then somebody else calls. */
const CREATES_OF_A_CALLER = 10;

export type CreatePath = "/db/new" | "/cache/new" | "/queue/new" | "/webhook/new";
export type Created = { ms: number; id: string; cold: boolean; steps: Steps };
export type Create = (path: CreatePath, caller?: Caller) => Promise<Created>;

/** @throws when a create is not answered 201, with the answer */
export function createsOf(apiUrl: string): Create {
  return async (path, caller = LOCAL) => {
    const headers = caller === LOCAL ? {} : { "CF-Connecting-IP": caller };
    const began = performance.now();
    const answer = await send(apiUrl, "POST", path, { headers, body: { name: "bench" } });
    const ms = performance.now() - began;
    if (answer.status !== 201) throw new Error(`POST ${path} was answered ${answer.status}: ${answer.text}`);
    return { ms, ...createdSchema.parse(answer.body), steps: readSteps(answer.headers.get("server-timing")) };
  };
}

/** Addresses for many creates: each is used as often as its daily cap allows, and is in a network of its own. */
export function manyCallers(): () => string {
  let caller = freshCaller();
  let used = 0;
  return () => {
    if (used === CREATES_OF_A_CALLER) [caller, used] = [freshCaller(), 0];
    used += 1;
    return caller;
  };
}

/** `total` works, `atOnce` of them at a time. */
export async function atOnce(callers: number, total: number, work: (caller: number) => Promise<unknown>): Promise<void> {
  let left = total;
  const caller = async (index: number) => {
    while (left-- > 0) await work(index);
  };
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
}
