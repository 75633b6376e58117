/** @jsxImportSource hono/jsx */
/** The actions on a resource. Each needs a confirmation: a click on its summary only opens it. */
import { hasConnectionUrl } from "../../../contract/kinds.ts";
import { plans, type Tier } from "../../../contract/plans.ts";
import type { WholeItem } from "../../services/resources/item.ts";

const pathOf = (id: string, action: string): string => `/dashboard/resources/${id}/${action}`;

export function Actions({ item, tier }: { item: WholeItem; tier: Tier }) {
  const { id, name, resource_type, status } = item;
  return (
    <>
      <h2>Change it</h2>
      {hasConnectionUrl(resource_type) ? <Rotate id={id} /> : null}
      {status === "paused" ? null : <Pause id={id} tier={tier} />}
      <Delete id={id} name={name} />
    </>
  );
}

function Rotate({ id }: { id: string }) {
  return (
    <details class="act">
      <summary>Change its password…</summary>
      <div>
        <p>The old password stops working at once, and its connections are closed. All clients need the new one.</p>
        <form method="post" action={pathOf(id, "rotate")}>
          <button type="submit">Change the password now</button>
        </form>
      </div>
    </details>
  );
}

function Pause({ id, tier }: { id: string; tier: Tier }) {
  const { display_name, features } = plans.tiers[tier];
  return (
    <details class="act">
      <summary>Pause it…</summary>
      <div>
        <p>
          Connections are refused until you resume it. Data, address and password are kept, and it still counts as one of your resources.
        </p>
        {features.pause ? (
          <form method="post" action={pathOf(id, "pause")}>
            <button type="submit">Pause it now</button>
          </form>
        ) : (
          <p class="small">
            {display_name} does not include pausing. <a href="/pricing">Compare tiers</a>
          </p>
        )}
      </div>
    </details>
  );
}

export function ResumeForm({ id }: { id: string }) {
  return (
    <section class="panel connect">
      <div class="head">
        <p>Address and password stay the same when you resume it.</p>
        <form method="post" action={pathOf(id, "resume")}>
          <button type="submit">Resume it</button>
        </form>
      </div>
    </section>
  );
}

function Delete({ id, name }: { id: string; name: string }) {
  return (
    <details class="act">
      <summary>Delete it…</summary>
      <div>
        <p>All its data is deleted permanently. This cannot be undone.</p>
        <form method="post" action={pathOf(id, "delete")} class="form">
          <div>
            <label for="confirm-name">
              Type its name, <code>{name}</code>
            </label>
            <input id="confirm-name" name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} />
          </div>
          <button type="submit" class="danger">
            Delete for good
          </button>
        </form>
      </div>
    </details>
  );
}

/** For a provisional resource. */
export function ConfirmForm({ id }: { id: string }) {
  return (
    <section class="panel">
      <h2 class="first">Is it yours?</h2>
      <p>
        It was made from the same address as the resource you claimed, perhaps by another person. It is kept for you. To open, change or
        delete it, paste its own <code>upgrade_jwt</code> once.
      </p>
      <form method="post" action={pathOf(id, "confirm")} class="form">
        <div>
          <label for="upgrade-jwt">
            Its <code>upgrade_jwt</code>
          </label>
          <textarea id="upgrade-jwt" name="upgrade_jwt" required autocomplete="off" autocapitalize="none" spellcheck={false} />
        </div>
        <button type="submit">It is mine</button>
      </form>
    </section>
  );
}
