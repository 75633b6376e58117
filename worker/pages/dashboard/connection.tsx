/** @jsxImportSource hono/jsx */
/** The page with a resource's secrets: the answer of a POST, which caches and the browser's history do not store. */
import { KINDS } from "../../../contract/kinds.ts";
import type { Connection } from "../../services/resources/connection.ts";
import { COPY_SCRIPT, Copyable } from "../parts.tsx";
import { Dashboard, type Viewer } from "./frame.tsx";

/** What the fields are for that several kinds have. */
const COMMON_HINTS: Readonly<Record<string, string>> = { internal_url: "for what runs inside our cluster" };

type Props = { viewer: Viewer; connection: Connection; dotenv: string; publicUrl: string };

/** @param dotenv its variables as a .env file holds them */
export function ConnectionPage({ viewer, connection, dotenv, publicUrl }: Props) {
  const { id, kind, name, token } = connection;
  const fields = fieldsOf(connection);
  const { tryIt, fields: shown } = KINDS[kind];
  const hints = { ...COMMON_HINTS, ...shown?.hints };
  const isPart = (field: string): boolean => shown?.parts?.includes(field) ?? false;
  const command = tryIt?.(fields);
  const page = `/dashboard/resources/${id}`;
  return (
    <Dashboard
      title={`Connect to ${name}`}
      viewer={viewer}
      tab="/dashboard"
      crumb={{ href: page, label: name }}
      scripts={[COPY_SCRIPT]}
      beside={
        <a class="button quiet" href={page}>
          Hide
        </a>
      }
    >
      {Object.entries(fields).map(([field, value]) => (isPart(field) ? null : <Field name={field} value={value} what={hints[field]} />))}
      <Field name="token" value={token} what="identifies it in the API; with it anyone can write to storage and inboxes" />
      <Parts fields={Object.entries(fields).filter(([field]) => isPart(field))} />
      {command === undefined ? null : (
        <>
          <h2>Try it</h2>
          <Copyable text={command} />
        </>
      )}
      <h2>As variables</h2>
      <Copyable text={dotenv.trimEnd()} />
      <p class="small">
        A script gets them with <a href="/dashboard/api-keys">an API key</a>:
      </p>
      <Copyable
        text={`curl -s "${publicUrl}/api/v1/env/${token}?format=dotenv" \\\n  -H "Authorization: Bearer $INSTANODE_TOKEN" > .env`}
      />
    </Dashboard>
  );
}

/** What another field contains already, one by one. */
function Parts({ fields }: { fields: [string, string][] }) {
  if (fields.length === 0) return null;
  return (
    <details class="act">
      <summary>Its parts one by one</summary>
      <div>
        {fields.map(([field, value]) => (
          <Field name={field} value={value} />
        ))}
      </div>
    </details>
  );
}

function Field({ name, value, what }: { name: string; value: string; what?: string | undefined }) {
  return (
    <section class="field" aria-label={name}>
      <h2 class="label">
        <code>{name}</code>
        {what === undefined ? null : <small>{what}</small>}
      </h2>
      <Copyable text={value} />
    </section>
  );
}

/** Its texts, but for an address that is the same from everywhere. */
function fieldsOf({ kind, fields }: Connection): Record<string, string> {
  const { internal_url, ...texts } = textsIn(fields, new Set(KINDS[kind].fields?.hidden));
  return internal_url === undefined || internal_url === texts.connection_url ? texts : { ...texts, internal_url };
}

/** All texts, those of nested objects included. */
function textsIn(fields: Record<string, unknown>, hidden: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (hidden.has(name)) return [];
      if (typeof value === "string") return [[name, value] as const];
      return typeof value === "object" && value !== null ? Object.entries(textsIn({ ...value }, hidden)) : [];
    }),
  );
}
