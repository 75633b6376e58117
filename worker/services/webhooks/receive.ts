/** Stores one request in an inbox. Accepts any request. Makes one call to one Durable Object and queries no database. */
import type { FixedResponse } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { keptHeaders } from "./headers.ts";
import { checkSize, inboxOf, present } from "./inbox.ts";

export type Incoming = {
  token: string;
  method: string;
  /** The path after the token, as sent; "/" when nothing follows the token. */
  path: string;
  /** Without the question mark. */
  query: string;
  /** Names in lower case. */
  headers: Iterable<[string, string]>;
  /** Called only after the token is recognised as one we issued. */
  readBody: () => Promise<Uint8Array>;
};

export type Received = { id: string; rotated: boolean; response: FixedResponse | null };

/** @throws ApiError of `inboxOf`, `checkSize`, `present` and `readBody`, or `webhook_inactive` */
export async function receiveRequest({ ctx, input }: { ctx: RequestContext; input: Incoming }): Promise<Received> {
  const { token, method, path, query } = input;
  const inbox = await inboxOf({ ctx, token });
  checkSize(input);
  const arrival = { method, path, query, headers: keptHeaders(input.headers, token), body: await input.readBody() };
  const receipt = await present(inbox.receive(arrival));
  if (receipt.outcome === "paused") throw new ApiError("webhook_inactive");
  const { id, rotated, response } = receipt;
  return { id, rotated, response };
}
