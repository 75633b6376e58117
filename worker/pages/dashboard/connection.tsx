/** @jsxImportSource hono/jsx */
/** The one page with a resource's secrets: the answer of a POST, which no cache and no history keeps. */
import type { ResourceKind } from "../../../contract/names.ts";
import type { Connection } from "../../services/resources/connection.ts";
import { COPY_SCRIPT, Copyable } from "../parts.tsx";
import { Dashboard, type Viewer } from "./frame.tsx";

/** A command that tries it out, for kinds with a usual client. */
const TRY: Partial<Record<ResourceKind, (fields: Record<string, string>) => string>> = {
  postgres: ({ connection_url }) => `psql "${connection_url}"`,
  vector: ({ connection_url }) => `psql "${connection_url}"`,
  redis: ({ connection_url, key_prefix }) => `redis-cli -u "${connection_url}" set "${key_prefix}greeting" hello`,
  mongodb: ({ connection_url }) => `mongosh "${connection_url}"`,
  webhook: ({ receive_url }) => `curl -X POST ${receive_url} -H "Content-Type: application/json" -d '{"hello":"world"}'`,
};

const WHAT: Readonly<Record<string, string>> = {
  internal_url: "for what runs inside our cluster",
  key_prefix: "goes before every key",
  subject_prefix: "goes before every subject",
  creds_file: "save it as a file for any NATS client",
  credentials_expire_at: "this page brings fresh keys whenever it is opened",
  receive_url: "takes any request, also below it",
  presign_url: "signs URLs for single objects",
};

type Props = { viewer: Viewer; connection: Connection; dotenv: string; publicUrl: string };

/** Parts of another field. */
const SAID_ELSEWHERE = new Set(["nats_jwt", "nats_nkey", "key_id"]);

/** Said by the page already, or to agents only. */
const LEFT_OUT = new Set(["agent_action", "broker_reason", "note_isolation", "auth_mode"]);

/** @param dotenv its variables as a .env file holds them */
export function ConnectionPage({ viewer, connection, dotenv, publicUrl }: Props) {
  const { id, kind, name, token } = connection;
  const fields = fieldsOf(connection);
  const command = TRY[kind]?.(fields);
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
      {Object.entries(fields).map(([field, value]) => (SAID_ELSEWHERE.has(field) ? null : <Field name={field} value={value} />))}
      <Field name="token" value={token} what="names it in the API; whoever has it may write to storage and inboxes" />
      <Rest fields={fields} />
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

/** A queue's keys one by one: its creds_file holds them all. */
function Rest({ fields }: { fields: Record<string, string> }) {
  const rest = Object.entries(fields).filter(([field]) => SAID_ELSEWHERE.has(field));
  if (rest.length === 0) return null;
  return (
    <details class="act">
      <summary>Its parts one by one</summary>
      <div>
        {rest.map(([field, value]) => (
          <Field name={field} value={value} />
        ))}
      </div>
    </details>
  );
}

function Field({ name, value, what = WHAT[name] }: { name: string; value: string; what?: string | undefined }) {
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
function fieldsOf({ fields }: Connection): Record<string, string> {
  const { internal_url, ...texts } = textsIn(fields);
  return internal_url === undefined || internal_url === texts.connection_url ? texts : { ...texts, internal_url };
}

/** All texts, those of nested objects among them: a queue's keys stand in one. */
function textsIn(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      if (LEFT_OUT.has(name)) return [];
      if (typeof value === "string") return [[name, value] as const];
      return typeof value === "object" && value !== null ? Object.entries(textsIn({ ...value })) : [];
    }),
  );
}
