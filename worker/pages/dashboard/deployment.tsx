/** @jsxImportSource hono/jsx */
/** One deployment. This page contains no secret. Its script replaces the elements with `data-part` while a release is under way. */
import type { Child } from "hono/jsx";
import type { AppMetrics } from "../../../contract/app-metrics.ts";
import type { Failure } from "../../../contract/deploys.ts";
import { plans } from "../../../contract/plans.ts";
import type { ServiceEvent } from "../../platform-db/service-history.ts";
import type { DeployItem } from "../../services/deploys/item.ts";
import type { ListedRelease } from "../../services/deploys/releases.ts";
import { shownAgo, shownMoment } from "../format.ts";
import { Moment, Notice } from "../parts.tsx";
import { Controls, DeleteForm, VariableForm } from "./deployment-actions.tsx";
import { Events, Releases } from "./deployment-history.tsx";
import { Metrics } from "./deployment-metrics.tsx";
import { DeploymentState, DeploymentUrl, isChanging } from "./deployment-parts.tsx";
import { DEPLOYMENTS } from "./deployments.tsx";
import { Dashboard, Done, type Viewer } from "./frame.tsx";

const DEPLOYMENT_SCRIPT = "/docs/deployment.js";
/** Lines shown when a log opens; the API returns more. */
const TAIL_LINES = 1_000;
/** The notices that are no longer true once the change has ended. */
const UNDER_WAY = new Set(["redeploying", "rolling_back", "stopping", "starting"]);

type Props = {
  viewer: Viewer;
  item: DeployItem;
  releases: readonly ListedRelease[];
  events: readonly ServiceEvent[];
  nowMs: number;
  /** Null: they cannot be read now. */
  metrics: AppMetrics | null;
  /** Whether the viewer's role allows changes. */
  mayChange: boolean;
  done: string | null | undefined;
  problem: string | undefined;
};

export function DeploymentPage({ viewer, item, releases, events, metrics, nowMs, mayChange, done, problem }: Props) {
  // A stop leaves the status as it is until the app has stopped.
  const isBusy = isChanging(item) || events[0]?.kind === "stopping";
  return (
    <Dashboard
      title={item.name}
      viewer={viewer}
      tab={DEPLOYMENTS}
      crumb={{ href: DEPLOYMENTS, label: "Deployments" }}
      beside={
        <span data-part="state" role="status">
          <DeploymentState item={item} />
        </span>
      }
      scripts={[DEPLOYMENT_SCRIPT]}
    >
      <Part name="done">{!isBusy && UNDER_WAY.has(done ?? "") ? null : <Done done={done} />}</Part>
      {problem === undefined ? null : <Notice tone="bad">{problem}</Notice>}
      <Part name="facts">
        <span data-changing={isBusy ? "yes" : "no"} data-release={item.release} data-status={item.status} />
        {item.failure === undefined ? null : <Failed item={item} failure={item.failure} />}
        <Facts item={item} nowMs={nowMs} />
        {mayChange && !isBusy ? <Controls item={item} /> : null}
      </Part>
      {item.current_release === null ? null : (
        <Part name="metrics">
          <Metrics metrics={metrics} />
        </Part>
      )}
      <Logs item={item} />
      <Variables item={item} mayChange={mayChange} />
      <Part name="releases">
        <Releases item={item} releases={releases} nowMs={nowMs} mayRollBack={mayChange && !isBusy && item.status !== "expired"} />
      </Part>
      <Part name="events">
        <Events events={events} nowMs={nowMs} />
      </Part>
      {mayChange && item.status !== "deleting" ? <DeleteForm item={item} /> : null}
    </Dashboard>
  );
}

function Part({ name, children }: { name: string; children: Child }) {
  return <div data-part={name}>{children}</div>;
}

function Failed({ item: { status, release }, failure }: { item: DeployItem; failure: Failure }) {
  const { reason, event, hint, exit_code, last_lines } = failure;
  return (
    <section class="panel failure" aria-labelledby="failure-title">
      <h2 class="first" id="failure-title">
        {status === "healthy" ? `Release ${release} failed; the earlier one answers` : "Why it failed"}
      </h2>
      <p>
        <code>{reason}</code> {event}
      </p>
      <p>{hint}</p>
      {exit_code === null ? null : <p class="small">Exit code {exit_code}</p>}
      {last_lines === "" ? null : <pre tabindex={0}>{last_lines}</pre>}
    </section>
  );
}

function Facts({ item, nowMs }: { item: DeployItem; nowMs: number }) {
  const { app_id, environment, tier, port, release, current_release, created_at, expires_at, allowed_ips } = item;
  return (
    <dl class="facts pair">
      <dt>URL</dt>
      <dd>
        <DeploymentUrl item={item} />
      </dd>
      <dt>Environment</dt>
      <dd>{environment}</dd>
      <dt>Release</dt>
      <dd>{current_release === null || current_release === release ? release : `${release}; ${current_release} answers`}</dd>
      <dt>Port</dt>
      <dd>{port}</dd>
      <dt>Access</dt>
      <dd>{item.private ? `only ${allowed_ips.join(", ")}` : "public"}</dd>
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
        <code>{app_id}</code>
      </dd>
    </dl>
  );
}

/** The one that matters now is open: the build until something answers, then the app. */
function Logs({ item }: { item: DeployItem }) {
  const isBuild = item.status === "building" || item.current_release === null;
  return (
    <>
      <h2>Logs</h2>
      <Log item={item} source="build" title="Build log" isOpen={isBuild} />
      <Log item={item} source="run" title="App log" isOpen={!isBuild} />
    </>
  );
}

type LogProps = { item: DeployItem; source: "build" | "run"; title: string; isOpen: boolean };

function Log({ item: { app_id }, source, title, isOpen }: LogProps) {
  const logs = `/api/v1/deployments/${app_id}/logs?source=${source}`;
  return (
    <details class="act log" open={isOpen} data-log={`${logs}&tail=${TAIL_LINES}`} data-source={source}>
      <summary>{title}</summary>
      <div>
        <p class="small">
          <span data-log-state>Not followed.</span> <a href={`${logs}&follow=false`}>Open as text</a>
        </p>
        <pre tabindex={0} hidden />
      </div>
    </details>
  );
}

function Variables({ item, mayChange }: { item: DeployItem; mayChange: boolean }) {
  const names = Object.entries(item.env);
  return (
    <>
      <h2>Variables</h2>
      {names.length === 0 ? <p class="small">None are set.</p> : null}
      {names.length === 0 ? null : (
        <dl class="variables pair">
          {names.map(([name, masked]) => (
            <>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>{Object.hasOwn(item.resource_bindings, name) ? "address of a resource" : masked}</dd>
            </>
          ))}
        </dl>
      )}
      {mayChange ? <VariableForm item={item} /> : null}
    </>
  );
}
