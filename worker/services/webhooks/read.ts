/** Reading an inbox: a page, one request, or the next request. For its owner only. */
import { type NextQuery, type PageQuery, REQUEST_ID_PATTERN, type StoredRequest } from "../../../contract/webhook-inbox.ts";
import type { RequestContext } from "../../context.ts";
import { ApiError } from "../../errors.ts";
import { findInbox, present } from "./inbox.ts";

type Asked<T> = { ctx: RequestContext; input: T & { token: string } };

/** @throws ApiError of `findInbox` and `present` */
export async function listRequests({ ctx, input }: Asked<{ query: PageQuery }>) {
  const { inbox } = await findInbox({ ctx, token: input.token });
  return present(inbox.list(input.query));
}

/** @throws ApiError of `findInbox` and `present` */
export async function nextRequest({ ctx, input }: Asked<{ query: NextQuery }>) {
  const { inbox } = await findInbox({ ctx, token: input.token });
  return present(inbox.next(input.query));
}

/** @throws ApiError of `findInbox` and `present`, or `webhook_request_not_found` */
export async function readRequest({ ctx, input }: Asked<{ id: string }>): Promise<StoredRequest> {
  const { inbox } = await findInbox({ ctx, token: input.token });
  checkRequestId(input.id);
  const { request } = await present(inbox.read(input.id));
  if (!request) throw new ApiError("webhook_request_not_found");
  return request;
}

/** A malformed id is answered like an unknown one. @throws ApiError `webhook_request_not_found` */
export function checkRequestId(id: string): void {
  if (!REQUEST_ID_PATTERN.test(id)) throw new ApiError("webhook_request_not_found");
}
