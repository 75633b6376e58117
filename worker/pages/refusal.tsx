/** @jsxImportSource hono/jsx */
/** A refusal as a page: what happened, and the way on. */
import type { ErrorCode } from "../../contract/errors.ts";
import { Site } from "./site.tsx";

type WayOn = { title: string; what: string; href: string; label: string };

const SIGN_IN = { href: "/login", label: "Get a new link" };
const DASHBOARD = { href: "/dashboard", label: "To the dashboard" };
const WAYS_ON: Partial<Record<ErrorCode, WayOn>> = {
  link_used: {
    title: "This link was used already",
    what: "If that was you, you are signed in, or can sign in again with a fresh link.",
    ...SIGN_IN,
  },
  link_expired: {
    title: "This link has expired",
    what: "To sign in, have a new one sent. To keep a resource, open its claim_url again, or run the claim command once more: both send a new link.",
    ...SIGN_IN,
  },
  link_unknown: { title: "This link is not whole", what: "Open it from the mail itself, or copy every character of it.", ...SIGN_IN },
  already_claimed: {
    title: "This resource already belongs to an account",
    what: "Nothing about it has changed. If it was you who claimed it, sign in with the same address.",
    href: "/login",
    label: "Sign in",
  },
  resource_gone: {
    title: "This resource is gone",
    what: "It was deleted, or its 24 hours were over before it was claimed. It cannot be brought back; a new one takes one curl.",
    href: "/docs",
    label: "Make a new one",
  },
  missing_token: {
    title: "There is no token in this address",
    what: "Open the whole claim_url your resource came with.",
    href: "/docs",
    label: "How it works",
  },
  invalid_token: {
    title: "This claim link is not valid any more",
    what: "It works for 7 days. Use the claim_url of a newer resource, or run the claim command with its upgrade_jwt.",
    href: "/docs",
    label: "How it works",
  },
  foreign_origin: {
    title: "Another site sent this",
    what: "Nothing was done. Go to the page itself, here or from your mail, and press its button there.",
    ...DASHBOARD,
  },
  not_found: {
    title: "There is nothing here",
    what: "It was deleted, has expired, or belongs to another team.",
    ...DASHBOARD,
  },
  webhook_expired: { title: "This inbox is gone", what: "It was deleted, or its time was over.", ...DASHBOARD },
  unauthorized: {
    title: "You are not signed in",
    what: "Your session is over, or was ended elsewhere. Sign in and come back.",
    href: "/login",
    label: "Sign in",
  },
  confirmation_required: {
    title: "It is not confirmed yet",
    what: "It only came along with a claim from the same address. Confirm it on its page first, with the upgrade_jwt it was made with.",
    ...DASHBOARD,
  },
  forbidden: {
    title: "Your role does not allow this",
    what: "Nothing was changed. An admin or the owner of your team can do it.",
    ...DASHBOARD,
  },
  upgrade_required: {
    title: "Your tier does not include this",
    what: "Nothing was changed; everything goes on as it is.",
    href: "/pricing",
    label: "Compare tiers",
  },
  provider_failed: {
    title: "It is on its way",
    what: "Load the page of the resource in half a minute: it says how it ended.",
    ...DASHBOARD,
  },
  quota_exceeded: {
    title: "Your tier has no room for it",
    what: "Nothing was made, and everything you have keeps running. Delete something, or look what other tiers include.",
    href: "/pricing",
    label: "Compare tiers",
  },
  storage_limit_reached: {
    title: "Your storage is over its limit",
    what: "Nothing was made; what is stored stays readable. Delete objects and try again in two minutes, or look what other tiers include.",
    href: "/pricing",
    label: "Compare tiers",
  },
  api_key_limit_reached: {
    title: "Your team has all the keys it may have",
    what: "Revoke one that is not needed, then make the new one.",
    href: "/dashboard/api-keys",
    label: "To the keys",
  },
  rate_limited: { title: "Too fast", what: "Wait a minute, then load the page again.", ...DASHBOARD },
  update_failed: { title: "The change did not go through", what: "Try again in half a minute: it goes on where it stopped.", ...DASHBOARD },
  delete_failed: { title: "It was not deleted", what: "It is as it was. Try again in half a minute.", ...DASHBOARD },
  session_not_found: { title: "This login is over", what: "Start it again in your terminal.", href: "/docs", label: "How it works" },
};
const ELSE: WayOn = { title: "That did not work", what: "Go back and try again.", href: "/dashboard", label: "To the dashboard" };

export function RefusalPage({ code, message, requestId }: { code: ErrorCode; message: string; requestId: string }) {
  const { title, what, href, label } = WAYS_ON[code] ?? ELSE;
  return (
    <Site title={title}>
      {message === `${title}.` ? null : <p>{message}</p>}
      <p>{what}</p>
      <p>
        <a class="button" href={href}>
          {label}
        </a>
      </p>
      <p class="small">Request {requestId}</p>
    </Site>
  );
}
