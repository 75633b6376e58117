/** The text of every mail. A name in it may come from a stranger, so it is shown as text and never becomes a link. */

import { MAGIC_LINK_LIFETIME_SECONDS } from "../../contract/accounts.ts";
import type { Secret } from "../../contract/kinds/kind.ts";
import type { MailContent } from "./render.tsx";

const LINK_MINUTES = MAGIC_LINK_LIFETIME_SECONDS / 60;
const NOT_YOU = "If you did not ask for this, do nothing: without your click nothing changes.";

export type MailResource = { name: string; kind: string };

/** "2026-11-25 09:07 UTC" */
const moment = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

const itsChange = (changed: NonNullable<Secret>): string => (changed === "password" ? "its password changes" : "its keys change");

/**
 * @param expiresAt null: another claim from the same address keeps the resource, and this one takes it back
 * @param changed which secret changes with the claim, as was asked for
 */
export function claimMail(resource: MailResource, expiresAt: Date | null, url: string, changed: Secret): MailContent {
  const kept = changed === null ? "its address and password stay as they are" : `its address stays and ${itsChange(changed)}`;
  return {
    subject: `Keep ${resource.name}: confirm your instanode claim`,
    lines: [
      `You or your agent asked to keep the ${resource.kind} resource "${resource.name}" with this e-mail address.`,
      expiresAt === null
        ? `Another team's claim from the same address keeps it; that team cannot open it. After your claim it belongs to your team alone, does not expire, and ${kept}.`
        : `Without a claim it is deleted, with all its data, on ${moment(expiresAt)}. After it, it does not expire, and ${kept}.`,
    ],
    action: { label: "See what you would own, and confirm", url },
    footer: [`The link works once, for ${LINK_MINUTES} minutes.`, NOT_YOU],
  };
}

export function signInMail(url: string): MailContent {
  return {
    subject: "Sign in to instanode",
    lines: ["Here is your link to sign in."],
    action: { label: "Sign in", url },
    footer: [`The link works once, for ${LINK_MINUTES} minutes.`, NOT_YOU],
  };
}

/** To an address without an account. Only this mail says so; the sender of the request does not learn it. */
export function noAccountMail(publicUrl: string): MailContent {
  return {
    subject: "Sign in to instanode: there is no account yet",
    lines: [
      "A sign-in to instanode was requested with this address. It has no account yet.",
      "An account begins with a resource: create one with a single curl, then claim it with this address.",
    ],
    list: [`curl -X POST ${publicUrl}/db/new -H "Content-Type: application/json" -d '{"name":"my-db"}'`],
    action: { label: "How it works", url: `${publicUrl}/docs` },
    footer: [NOT_YOU],
  };
}

/** @param changed which secret changes with the claim, as was asked for; the page has the change ticked */
export function reminderMail(
  resource: MailResource,
  { expiresAt, hoursLeft }: { expiresAt: Date; hoursLeft: number },
  url: string,
  changed: Secret,
): MailContent {
  const left = hoursLeft <= 1 ? "less than an hour" : `${hoursLeft} hours`;
  return {
    subject: `${resource.name} is deleted in ${left} unless you keep it`,
    lines: [
      `You asked to keep the ${resource.kind} resource "${resource.name}" with this address, and did not confirm it yet.`,
      `It is deleted, with all its data, on ${moment(expiresAt)}.`,
      ...(changed === null ? [] : [`You asked for it with a change: once you confirm, ${itsChange(changed)}.`]),
    ],
    action: { label: "Keep it", url },
    footer: ["We write at most three times about one resource.", NOT_YOU],
  };
}
