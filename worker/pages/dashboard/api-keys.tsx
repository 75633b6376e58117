/** @jsxImportSource hono/jsx */
/** API keys: the list, the form, and the page that shows a new key once. */
import { API_KEY_NAME_MAX_CHARACTERS, type Scope } from "../../../contract/accounts.ts";
import { shownAgo } from "../format.ts";
import { COPY_SCRIPT, Copyable, Moment, Notice } from "../parts.tsx";
import { Dashboard, Done, type Viewer } from "./frame.tsx";

const TAB = "/dashboard/api-keys";

type ShownKey = { id: string; name: string; scopes: readonly Scope[]; created_at: string; last_used_at: string | null; revoked: boolean };

/** Each one includes those before it. */
const SCOPE_WORDS: readonly [scope: Scope, label: string, what: string][] = [
  ["read", "Read", "lists, usage, audit; no passwords, no changes"],
  ["write", "Read and write", "creates, reveals, rotates and deletes resources"],
  ["admin", "Everything", "revokes keys too"],
];

type Props = {
  viewer: Viewer;
  keys: readonly ShownKey[];
  nowMs: number;
  /** Sending the form twice with the same id creates one key. */
  formId: string;
  done?: string | null | undefined;
  /** The error in the form that was sent. */
  problem?: string;
};

export function ApiKeysPage({ viewer, keys, nowMs, formId, done, problem }: Props) {
  const [living, revoked] = [keys.filter((key) => !key.revoked), keys.filter((key) => key.revoked)];
  return (
    <Dashboard title="API keys" viewer={viewer} tab={TAB}>
      <Done done={done} />
      {problem === undefined ? null : <Notice tone="bad">{problem}</Notice>}
      <p>
        For unattended programs: CI, scripts, agents. Send a key as <code>Authorization: Bearer ink_…</code>. It acts for your team within
        its scope until you revoke it.
      </p>
      {living.length === 0 ? (
        <div class="panel empty">
          <p>No key yet. Make one below; it is shown once.</p>
        </div>
      ) : (
        <ul class="list">
          {living.map((key) => (
            <KeyRow apiKey={key} nowMs={nowMs} />
          ))}
        </ul>
      )}
      <h2>Make a key</h2>
      <NewKeyForm formId={formId} />
      {revoked.length === 0 ? null : <RevokedKeys keys={revoked} />}
    </Dashboard>
  );
}

function KeyRow({ apiKey: { id, name, scopes, created_at, last_used_at }, nowMs }: { apiKey: ShownKey; nowMs: number }) {
  return (
    <li class="row">
      <div>
        <span class="name">{name}</span> {scopes.map((scope) => [<span class="tag">{scope}</span>, " "])}
        <small>
          made <Moment iso={created_at}>{shownAgo(created_at, nowMs)}</Moment>,{" "}
          {last_used_at === null ? (
            "never used"
          ) : (
            <>
              last used <Moment iso={last_used_at}>{shownAgo(last_used_at, nowMs)}</Moment>
            </>
          )}
        </small>
      </div>
      <details class="end ask">
        <summary>Revoke…</summary>
        <form method="post" action={`${TAB}/${id}/revoke`}>
          <button type="submit" class="danger">
            Revoke {name} now
          </button>
        </form>
      </details>
    </li>
  );
}

function NewKeyForm({ formId }: { formId: string }) {
  return (
    <form method="post" action={TAB} class="form">
      <input type="hidden" name="form_id" value={formId} />
      <div>
        <label for="name">What is it for?</label>
        <input id="name" name="name" required maxlength={API_KEY_NAME_MAX_CHARACTERS} placeholder="ci" autocomplete="off" />
      </div>
      <fieldset>
        <legend>What may it do?</legend>
        {SCOPE_WORDS.map(([scope, label, what]) => (
          <label class="choice">
            <input type="radio" name="scope" value={scope} checked={scope === "write"} required />
            <span>
              {label}
              <small>{what}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <button type="submit">Make the key</button>
    </form>
  );
}

function RevokedKeys({ keys }: { keys: readonly ShownKey[] }) {
  return (
    <>
      <h2>Revoked</h2>
      <ul class="list">
        {keys.map(({ name, scopes }) => (
          <li>
            <s>{name}</s> {scopes.map((scope) => [<span class="tag">{scope}</span>, " "])}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The only time a key is shown. */
export function NewApiKeyPage({ viewer, name, apiKey, publicUrl }: { viewer: Viewer; name: string; apiKey: string; publicUrl: string }) {
  return (
    <Dashboard title={`Your key “${name}”`} viewer={viewer} tab={TAB} scripts={[COPY_SCRIPT]} crumb={{ href: TAB, label: "API keys" }}>
      <Notice tone="warn">Copy it now: it cannot be shown again, because only its hash is stored.</Notice>
      <Copyable text={apiKey} />
      <h2>Try it</h2>
      <Copyable text={`export INSTANODE_TOKEN=${apiKey}\ncurl ${publicUrl}/api/v1/whoami -H "Authorization: Bearer $INSTANODE_TOKEN"`} />
      <p>
        <a class="button" href={TAB}>
          I have copied it
        </a>
      </p>
    </Dashboard>
  );
}
