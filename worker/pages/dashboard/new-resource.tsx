/** @jsxImportSource hono/jsx */
/** The form for a new resource. */

import { FIRST_KIND, KINDS, RESOURCE_KINDS } from "../../../contract/kinds.ts";
import { ENV_DEFAULT, ENV_PATTERN, NAME_MAX_CHARACTERS, NAME_PATTERN } from "../../../contract/names.ts";
import { Notice } from "../parts.tsx";
import { Dashboard, type Viewer } from "./frame.tsx";

/** The form as it was sent, to be corrected. */
export type Sent = { kind: string; name: string; env: string };

/** A pattern for the attribute, which is anchored implicitly. */
const attribute = (pattern: RegExp): string =>
  pattern.source
    .replace(/^\^|\$$/g, "")
    .replaceAll("_-]", "_\\-]")
    .replaceAll("9-]", "9\\-]");

type Props = { viewer: Viewer; formId: string; sent?: Sent; problem?: string };

export function NewResourcePage({ viewer, formId, sent = { kind: FIRST_KIND, name: "", env: "" }, problem }: Props) {
  return (
    <Dashboard title="New resource" viewer={viewer} tab="/dashboard" crumb={{ href: "/dashboard", label: "Resources" }}>
      {problem === undefined ? null : <Notice tone="bad">{problem}</Notice>}
      <form method="post" action="/dashboard/new" class="form">
        <input type="hidden" name="form_id" value={formId} />
        <fieldset class="kinds">
          <legend>Kind</legend>
          {RESOURCE_KINDS.map((kind) => (
            <label class="choice">
              <input type="radio" name="kind" value={kind} checked={kind === sent.kind} required />
              <span>
                {KINDS[kind].words.label}
                <small>{KINDS[kind].words.what}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <div>
          <label for="name">Name</label>
          <input
            id="name"
            name="name"
            value={sent.name}
            required
            maxlength={NAME_MAX_CHARACTERS}
            pattern={attribute(NAME_PATTERN)}
            title="Letters, digits, spaces, underscores and hyphens; begins with a letter or digit"
            placeholder="prod-db"
            autocomplete="off"
          />
        </div>
        <div>
          <label for="env">Environment</label>
          <input
            id="env"
            name="env"
            value={sent.env}
            pattern={attribute(ENV_PATTERN)}
            title="Lower-case letters, digits and hyphens, at most 32"
            placeholder={ENV_DEFAULT}
            autocapitalize="none"
            autocomplete="off"
          />
          <small>Your own label; it changes no limit.</small>
        </div>
        <button type="submit">Make it</button>
      </form>
    </Dashboard>
  );
}
