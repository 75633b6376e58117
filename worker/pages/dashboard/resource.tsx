/** @jsxImportSource hono/jsx */
/** One resource: facts, usage, connection and actions. This page contains no secret. */

import type { Child } from "hono/jsx";
import { KINDS } from "../../../contract/kinds.ts";
import { plans, UNLIMITED } from "../../../contract/plans.ts";
import type { ResourceItem } from "../../services/resources/item.ts";
import { shownAgo, shownMoment } from "../format.ts";
import { Moment, Notice } from "../parts.tsx";
import { Dashboard, Done, type Viewer } from "./frame.tsx";
import { Actions, ConfirmForm, ResumeForm } from "./resource-actions.tsx";
import { State, Usage } from "./resource-parts.tsx";

type Props = {
  viewer: Viewer;
  item: ResourceItem;
  nowMs: number;
  done: string | null | undefined;
  problem: string | undefined;
  scripts?: readonly string[];
  /** What it stores, for a kind whose page lists it. */
  children?: Child;
};

export function ResourcePage({ viewer, item, nowMs, done, problem, scripts, children }: Props) {
  const whole = item.name === null ? null : item;
  return (
    <Dashboard
      title={whole?.name ?? KINDS[item.resource_type].words.label}
      viewer={viewer}
      tab="/dashboard"
      crumb={{ href: "/dashboard", label: "Resources" }}
      beside={<State item={item} nowMs={nowMs} />}
      scripts={scripts ?? []}
    >
      <Done done={done} />
      {problem === undefined ? null : <Notice tone="bad">{problem}</Notice>}
      <WayBack item={item} />
      <Facts item={item} nowMs={nowMs} />
      {whole?.status === "paused" ? <ResumeForm id={item.id} /> : null}
      {whole === null ? <ConfirmForm id={item.id} /> : <Connect item={item} />}
      {whole === null ? null : children}
      {whole === null ? null : <Actions item={whole} tier={viewer.team.tier} />}
    </Dashboard>
  );
}

/** The API's words to an agent, addressed to the person. */
function WayBack({ item }: { item: ResourceItem }) {
  if (item.name === null) return null;
  const { status, agent_action } = item;
  if (status === "paused") return <Notice>Connections are refused while it is paused. All its data is kept.</Notice>;
  if (agent_action === undefined) return null;
  const words = agent_action.replace(/^Tell the user /, "");
  return <Notice tone="warn">{words.charAt(0).toUpperCase() + words.slice(1)}</Notice>;
}

function Facts({ item, nowMs }: { item: ResourceItem; nowMs: number }) {
  const { id, resource_type, tier, created_at, expires_at, connections_limit } = item;
  return (
    <dl class="facts pair">
      <dt>Kind</dt>
      <dd>{KINDS[resource_type].words.label}</dd>
      {item.name === null ? null : (
        <>
          <dt>Environment</dt>
          <dd>{item.env}</dd>
          <dt>Stores</dt>
          <dd>
            <Usage item={item} />
          </dd>
        </>
      )}
      {connections_limit === UNLIMITED ? null : (
        <>
          <dt>Connections</dt>
          <dd>up to {connections_limit} at a time</dd>
        </>
      )}
      <dt>Tier</dt>
      <dd>{plans.tiers[tier].display_name}</dd>
      <dt>Made</dt>
      <dd>
        <Moment iso={created_at}>{shownAgo(created_at, nowMs)}</Moment>
      </dd>
      <dt>Expires</dt>
      <dd>{expires_at === undefined ? "never" : shownMoment(expires_at)}</dd>
      <dt>Id</dt>
      <dd>
        <code>{id}</code>
      </dd>
    </dl>
  );
}

const ADDRESS_AND_PASSWORD = {
  what: "Address and password, for any client. Shown on request only, and kept by no cache.",
  button: "Show connection details",
};

function Connect({ item: { id, resource_type } }: { item: ResourceItem }) {
  const { what, button } = KINDS[resource_type].words.connect ?? ADDRESS_AND_PASSWORD;
  return (
    <section class="panel connect">
      <div class="head">
        <p>{what}</p>
        <form method="post" action={`/dashboard/resources/${id}/connection`}>
          <button type="submit">{button}</button>
        </form>
      </div>
    </section>
  );
}
