/** @jsxImportSource hono/jsx */
/** What a claim attaches, before and after the mail. */

import type { Secret } from "../../contract/kinds/kind.ts";
import { KINDS, resourceKindSchema } from "../../contract/kinds.ts";
import { Site } from "./site.tsx";

type Own = { subject: true; resource_type: string; name: string; expires_at?: string };
type Other = { subject: false; resource_type: string; age_seconds: number };
export type ClaimItem = Own | Other;

const HOUR_SECONDS = 3600;
const MINUTE_SECONDS = 60;

/** @param rotate whether the change of the password is already ticked */
export function ClaimPage({
  token,
  items,
  changeable,
  rotate,
}: {
  token: string;
  items: readonly ClaimItem[];
  changeable: Secret;
  rotate: boolean;
}) {
  return (
    <Site title="Keep what you made">
      <Consequences items={items} />
      <Items items={items} />
      <form method="post" action="/claim/email" class="form">
        <input type="hidden" name="token" value={token} />
        <div>
          <label for="email">Your e-mail address</label>
          <input id="email" name="email" type="email" autocomplete="email" required maxlength={254} />
        </div>
        <ChangeSecret items={items} changeable={changeable} rotate={rotate} />
        <button type="submit">Send me the link</button>
      </form>
      <p class="small">No password, no card. The link in the mail asks once more before anything changes.</p>
    </Site>
  );
}

export function ClaimSentPage({ email }: { email: string }) {
  return (
    <Site title="Check your inbox">
      <p>
        We sent a link to <strong>{email}</strong>, unless that address has had too many mails. The link works once, for 15 minutes. Nothing
        changes until you confirm there.
      </p>
      <p class="small">No mail? Check the spam folder, or go back and send it again.</p>
    </Site>
  );
}

/** Behind the link of the mail: the button is the claim. */
export function ConfirmClaimPage({
  token,
  email,
  changed,
  items,
}: {
  token: string;
  email: string;
  changed: Secret;
  items: readonly ClaimItem[];
}) {
  return (
    <Site title="Confirm your claim">
      <Consequences items={items} />
      <Items items={items} />
      <NewSecret items={items} changed={changed} />
      <form method="post" action="/auth/email/callback">
        <input type="hidden" name="t" value={token} />
        <button type="submit">Keep them as {email}</button>
      </form>
      <p class="small">You did not ask for this? Close the page. Nothing happens until you press the button.</p>
    </Site>
  );
}

function ChangeSecret({ items, changeable, rotate }: { items: readonly ClaimItem[]; changeable: Secret; rotate: boolean }) {
  if (changeable === null) {
    const kind = resourceKindSchema.safeParse(items.find((item) => item.subject)?.resource_type).data;
    const said = kind && KINDS[kind].words.unchangeable;
    return said === undefined ? null : <p class="small">{said}</p>;
  }
  return (
    <div>
      <label>
        <input type="checkbox" name="rotate" value="yes" checked={rotate} /> {CHANGE[changeable]}
      </label>
    </div>
  );
}

/** What the tick does. */
const CHANGE = {
  password: "Change its password with the claim: the old URL stops working",
  keys: "Change its keys with the claim: the old ones stop working",
  expiring_keys: "Change its keys with the claim. Older keys work until they expire, and its token still signs URLs",
} as const;

/** What was asked for together with the claim. */
function NewSecret({ items, changed }: { items: readonly ClaimItem[]; changed: Secret }) {
  const own = items.find((item) => item.subject);
  if (own === undefined || !own.subject || changed === null) return null;
  if (changed === "expiring_keys") {
    return (
      <p>
        <strong>{own.name} gets new keys.</strong> Older keys work until they expire, and its token still signs URLs.
      </p>
    );
  }
  return (
    <p>
      <strong>
        {own.name} gets {changed === "keys" ? "new keys" : "a new password"}.
      </strong>{" "}
      Clients with the old {changed === "keys" ? "keys" : "URL"} stop working. Your dashboard shows the new{" "}
      {changed === "keys" ? "ones" : "one"}.
    </p>
  );
}

/** A resource that is taken back has no expiry: another account's claim already keeps it. */
function Consequences({ items }: { items: readonly ClaimItem[] }) {
  const isTakenBack = items.some((item) => item.subject && item.expires_at === undefined);
  if (isTakenBack) {
    return (
      <dl>
        <dt>Now</dt>
        <dd>A claim by another account from the same address keeps it. That account lists it, but cannot open, change or delete it.</dd>
        <dt>After</dt>
        <dd>It belongs to your team alone. Its address and password do not change unless you ask for a new one.</dd>
        <dt>Otherwise</dt>
        <dd>It stays in the other account's list until you take it back. With its upgrade_jwt that account can make it theirs.</dd>
      </dl>
    );
  }
  return (
    <dl>
      <dt>Now</dt>
      <dd>They work, have no owner, and are deleted 24 hours after they were made.</dd>
      <dt>After</dt>
      <dd>They belong to your team and do not expire. Addresses and passwords do not change unless you ask for new ones.</dd>
      <dt>Otherwise</dt>
      <dd>They are deleted when they expire, with all their data.</dd>
    </dl>
  );
}

function Items({ items }: { items: readonly ClaimItem[] }) {
  return (
    <>
      <h2>What you keep</h2>
      <ul class="list">
        {items.map((item) => (
          <li>{item.subject ? <OwnItem {...item} /> : <OtherItem {...item} />}</li>
        ))}
      </ul>
    </>
  );
}

function OwnItem({ name, resource_type, expires_at }: Own) {
  return (
    <>
      <strong>{name}</strong> ({resource_type})
      {expires_at === undefined ? null : <small>deleted on {expires_at.slice(0, 16).replace("T", " ")} UTC unless you keep it</small>}
    </>
  );
}

function OtherItem({ resource_type, age_seconds }: Other) {
  return (
    <>
      a {resource_type} resource, {age(age_seconds)} old
      <small>made from the same address: kept with yours, but only its own upgrade_jwt opens it</small>
    </>
  );
}

function age(seconds: number): string {
  if (seconds >= HOUR_SECONDS) return `${Math.floor(seconds / HOUR_SECONDS)} h`;
  return `${Math.max(1, Math.floor(seconds / MINUTE_SECONDS))} min`;
}
