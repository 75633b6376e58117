/** @jsxImportSource hono/jsx */
/** A refusal as a page: what happened, and the way on. */
import type { ErrorCode } from "../../contract/errors.ts";
import { Site } from "./site.tsx";

type WayOn = { title: string; what: string; href: string; label: string };

const SIGN_IN = { href: "/login", label: "Get a new link" };
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
    what: "Nothing was done. Open the link from your mail and press the button there.",
    ...SIGN_IN,
  },
  session_not_found: { title: "This login is over", what: "Start it again in your terminal.", href: "/docs", label: "How it works" },
};
const ELSE: WayOn = { title: "That did not work", what: "Go back and try again.", href: "/login", label: "To the start" };

export function RefusalPage({ code, message, requestId }: { code: ErrorCode; message: string; requestId: string }) {
  const { title, what, href, label } = WAYS_ON[code] ?? ELSE;
  return (
    <Site title={title}>
      <p>{message}</p>
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
