/** @jsxImportSource hono/jsx */
/** The team's deployments. */
import { PORT_DEFAULT } from "../../../contract/deploys.ts";
import { plans, UNLIMITED } from "../../../contract/plans.ts";
import type { DeployItem } from "../../services/deploys/item.ts";
import { shownAgo } from "../format.ts";
import { COPY_SCRIPT, Copyable, Moment, Notice } from "../parts.tsx";
import { DeploymentState, DeploymentUrl } from "./deployment-parts.tsx";
import { Dashboard, Done, type Viewer } from "./frame.tsx";

export const DEPLOYMENTS = "/dashboard/deployments";

type Props = {
  viewer: Viewer;
  items: readonly DeployItem[];
  total: number;
  /** The address of the next page; null on the last one. */
  older: string | null;
  done: string | null | undefined;
  nowMs: number;
  publicUrl: string;
  /** Whether this installation runs deployments. */
  isEnabled: boolean;
};

export function DeploymentsPage({ viewer, items, total, older, done, nowMs, publicUrl, isEnabled }: Props) {
  return (
    <Dashboard title="Deployments" viewer={viewer} tab={DEPLOYMENTS} scripts={[COPY_SCRIPT]}>
      <Done done={done} />
      {isEnabled ? null : <Notice tone="warn">This installation does not run deployments.</Notice>}
      {isEnabled && total === 0 ? <FirstDeploy publicUrl={publicUrl} /> : null}
      {total === 0 ? null : <Count viewer={viewer} total={total} />}
      {items.length === 0 ? null : (
        <ul class="list">
          {items.map((item) => (
            <Row item={item} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {older === null ? null : (
        <p>
          <a class="button quiet" href={older}>
            Older
          </a>
        </p>
      )}
    </Dashboard>
  );
}

function FirstDeploy({ publicUrl }: { publicUrl: string }) {
  return (
    <div class="panel empty">
      <p>
        <strong>No deployments yet.</strong> Deploy the app in the current folder from your terminal, with{" "}
        <a href="/dashboard/api-keys">an API key</a>:
      </p>
      <Copyable
        text={`tar -czf app.tar.gz .\ncurl -X POST ${publicUrl}/deploy/new \\
  -H "Authorization: Bearer $INSTANODE_TOKEN" \\
  -F tarball=@app.tar.gz -F name=my-app -F port=${PORT_DEFAULT}`}
      />
    </div>
  );
}

function Count({ viewer, total }: Pick<Props, "viewer" | "total">) {
  const { display_name, limits } = plans.tiers[viewer.team.tier];
  const most = limits.deployments_apps === UNLIMITED ? "" : ` of ${limits.deployments_apps}`;
  return (
    <p class="small">
      {total}
      {most} on {display_name}. <a href="/pricing">Compare tiers</a>
    </p>
  );
}

function Row({ item, nowMs }: { item: DeployItem; nowMs: number }) {
  return (
    <li class="deployment">
      <div>
        <a class="name" href={`${DEPLOYMENTS}/${item.app_id}`}>
          {item.name}
        </a>
        <small>
          {item.environment} · release {item.release} · changed <Moment iso={item.updated_at}>{shownAgo(item.updated_at, nowMs)}</Moment>
        </small>
      </div>
      <small class="url">
        <DeploymentUrl item={item} />
      </small>
      <DeploymentState item={item} />
    </li>
  );
}
