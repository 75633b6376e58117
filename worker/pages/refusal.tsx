/** @jsxImportSource hono/jsx */
/** A refusal as a page: what happened, and the next step. */
import type { ErrorCode } from "../../contract/errors.ts";
import { Site } from "./site.tsx";

type WayOn = { title: string; what: string; href: string; label: string };

const SIGN_IN = { href: "/login", label: "Get a new link" };
const DASHBOARD = { href: "/dashboard", label: "To the dashboard" };
const WAYS_ON: Partial<Record<ErrorCode, WayOn>> = {
  link_used: {
    title: "This link was used already",
    what: "If you used it, you are signed in, or can sign in again with a new link.",
    ...SIGN_IN,
  },
  link_expired: {
    title: "This link has expired",
    what: "To sign in, request a new link. To keep a resource, open its claim_url again or repeat the claim command: both send a new link.",
    ...SIGN_IN,
  },
  link_unknown: { title: "This link is incomplete", what: "Open it from the mail, or copy all of it.", ...SIGN_IN },
  already_claimed: {
    title: "This resource already belongs to an account",
    what: "Nothing about it has changed. If you claimed it, sign in with the same address.",
    href: "/login",
    label: "Sign in",
  },
  resource_gone: {
    title: "This resource is gone",
    what: "It was deleted, or it expired after 24 hours without a claim. It cannot be restored; one curl makes a new one.",
    href: "/docs",
    label: "Make a new one",
  },
  missing_token: {
    title: "There is no token in this address",
    what: "Open the complete claim_url from the answer of your create.",
    href: "/docs",
    label: "How it works",
  },
  invalid_token: {
    title: "This claim link is no longer valid",
    what: "A claim link works for 7 days. Use the claim_url of a newer resource, or run the claim command with its upgrade_jwt.",
    href: "/docs",
    label: "How it works",
  },
  foreign_origin: {
    title: "This request came from another site",
    what: "Nothing was changed. Open the page here or from your mail, and press its button there.",
    ...DASHBOARD,
  },
  not_found: {
    title: "There is nothing here",
    what: "It was deleted, has expired, or belongs to another team.",
    ...DASHBOARD,
  },
  webhook_expired: { title: "This inbox is gone", what: "It was deleted, or it has expired.", ...DASHBOARD },
  unauthorized: {
    title: "You are not signed in",
    what: "Your session has expired or was ended elsewhere. Sign in again.",
    href: "/login",
    label: "Sign in",
  },
  confirmation_required: {
    title: "This resource is not confirmed yet",
    what: "It was attached by a claim from the same address. Confirm it on its page first, with its own upgrade_jwt.",
    ...DASHBOARD,
  },
  forbidden: {
    title: "Your role does not allow this",
    what: "Nothing was changed. An admin or the owner of your team can do it.",
    ...DASHBOARD,
  },
  upgrade_required: {
    title: "Your tier does not include this",
    what: "Nothing was changed. Existing resources are unaffected.",
    href: "/pricing",
    label: "Compare tiers",
  },
  provider_failed: {
    title: "The change is in progress",
    what: "Reload the page of the resource in 30 seconds to see the result.",
    ...DASHBOARD,
  },
  quota_exceeded: {
    title: "Your tier has reached its limit",
    what: "Nothing was made, and existing resources are unaffected. Delete a resource, or compare the tiers.",
    href: "/pricing",
    label: "Compare tiers",
  },
  storage_limit_reached: {
    title: "Your storage is over its limit",
    what: "Nothing was made, and stored objects stay readable. Delete objects and try again in two minutes, or compare the tiers.",
    href: "/pricing",
    label: "Compare tiers",
  },
  api_key_limit_reached: {
    title: "Your team has the maximum number of keys",
    what: "Revoke one that is not needed, then make the new one.",
    href: "/dashboard/api-keys",
    label: "To the keys",
  },
  rate_limited: { title: "Too many requests", what: "Wait a minute, then reload the page.", ...DASHBOARD },
  update_failed: { title: "The change failed", what: "Try again in 30 seconds: it resumes where it stopped.", ...DASHBOARD },
  delete_failed: { title: "It was not deleted", what: "Nothing was changed. Try again in 30 seconds.", ...DASHBOARD },
  session_not_found: { title: "This login has ended", what: "Start it again in your terminal.", href: "/docs", label: "How it works" },
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
