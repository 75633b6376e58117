/** @jsxImportSource hono/jsx */
/** `GET /pricing`: the public tiers. Every number comes from plans.yaml. */
import { KINDS, type KindLimit } from "../../contract/kinds.ts";
import { type Limits, type Plan, plans, type Tier, UNLIMITED } from "../../contract/plans.ts";
import { shownCount, shownMebibytes, shownPrice } from "./format.ts";
import { Site } from "./site.tsx";

const ROWS: readonly [label: string, value: (limits: Limits, features: Plan["features"]) => string][] = [
  ["Resources", (limits) => (limits.live_resources === UNLIMITED ? "unlimited" : `up to ${shownCount(limits.live_resources)}`)],
  ...Object.values(KINDS).flatMap((kind) =>
    Object.entries(kind.limits.priced).map(([label, keys]): [string, (limits: Limits) => string] => [
      label,
      (limits) => shown(keys, limits),
    ]),
  ),
  ["Deployments", (limits) => (limits.deployments_apps === 0 ? "none" : `up to ${shownCount(limits.deployments_apps)}`)],
  ["Each deployment", shownContainer],
  ["Private URLs", (_limits, features) => (features.private_deploys ? "yes" : "no")],
  ["Pausing", (_limits, features) => (features.pause ? "yes" : "no")],
  ["Calls / min", (limits) => shownCount(limits.requests_per_minute)],
];

/** "512 MB / 0.5 CPU / 1 GB disk". */
function shownContainer({ deployments_apps, deployment_memory_mb, deployment_cpu, deployment_disk_mb }: Limits): string {
  if (deployments_apps === 0) return "none";
  return `${shownMebibytes(deployment_memory_mb)} / ${deployment_cpu} CPU / ${shownMebibytes(deployment_disk_mb)} disk`;
}

/** "1 GB / 8c", as the documentation writes it. */
function shown(keys: readonly KindLimit[], limits: Limits): string {
  if (keys.every((key) => limits[key] === UNLIMITED)) return "unlimited";
  return keys.map((key) => shownLimit(key, limits[key])).join(" / ");
}

/** The end of its name is its unit. */
function shownLimit(key: KindLimit, value: number): string {
  if (key.endsWith("_mb")) return shownMebibytes(value);
  return key.endsWith("_connections") && value !== UNLIMITED ? `${value}c` : shownCount(value);
}

export function PricingPage() {
  return (
    <Site title="Pricing" current="/pricing" isWide stylesheet="/docs/product.css">
      <p class="lead">
        Start without an account. Limits are hard stops, never bills. At a limit, existing resources are unaffected, and the next create
        returns an error that says what to do.
      </p>
      <div class="cards tiers">
        {plans.public_ladder.map((tier) => (
          <TierCard tier={tier} plan={plans.tiers[tier]} />
        ))}
      </div>
      <p class="small after">
        “c” means simultaneous connections. An inbox stores this many requests and bytes. Sizes and connections are per resource; the size
        of an empty resource does not count.
      </p>
      <h2>How it works</h2>
      <dl>
        <dt>Before you claim</dt>
        <dd>
          {shownCount(plans.tiers.anonymous.limits.provisions_per_day)} resources a day from one address, for{" "}
          {plans.tiers.anonymous.lifetime_hours} hours each. This is the trial.
        </dd>
        <dt>Claiming</dt>
        <dd>
          With an e-mail address your resources move to your team, on the tier {plans.tiers[plans.claim_tier].display_name}, and no longer
          expire. Connection URLs do not change.
        </dd>
        <dt>At a limit</dt>
        <dd>
          The next create of that kind returns 402 with the next step. Nothing is billed. A resource far over its size limit becomes
          read-only until it shrinks.
        </dd>
      </dl>
    </Site>
  );
}

function TierCard({ tier, plan }: { tier: Tier; plan: Plan }) {
  const { monthly } = plan.prices;
  return (
    <section class="panel tier" aria-labelledby={`tier-${tier}`}>
      <h2 id={`tier-${tier}`}>{plan.display_name}</h2>
      <p class="price">
        {monthly === 0 ? "free" : shownPrice(monthly)}
        {monthly === 0 ? null : <span class="per"> / month</span>}
      </p>
      <p class="small">{paymentNote(plan.prices)}</p>
      <dl class="pair">
        <dt>Expires</dt>
        <dd>{plan.lifetime_hours === UNLIMITED ? "never" : `after ${plan.lifetime_hours} h`}</dd>
        {ROWS.map(([label, value]) => (
          <>
            <dt>{label}</dt>
            <dd>{value(plan.limits, plan.features)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

/** The line below the monthly price. */
function paymentNote({ monthly, yearly }: Plan["prices"]): string {
  if (monthly === 0) return "no account, no card";
  return yearly === undefined ? "by the month" : `or ${shownPrice(yearly)} a year`;
}
