/** @jsxImportSource hono/jsx */
/** `GET /pricing`: the public ladder. Every number comes from plans.yaml. */
import { type Limits, type Plan, plans, type Tier, UNLIMITED } from "../../contract/plans.ts";
import { shownCount, shownMebibytes, shownPrice } from "./format.ts";
import { Site } from "./site.tsx";

const ROWS: readonly [label: string, value: (limits: Limits, features: Plan["features"]) => string][] = [
  ["Resources", (limits) => (limits.live_resources === UNLIMITED ? "unlimited" : `up to ${shownCount(limits.live_resources)}`)],
  ["Postgres", (limits) => sized(limits.postgres_storage_mb, limits.postgres_connections)],
  ["Vector", (limits) => sized(limits.vector_storage_mb, limits.vector_connections)],
  ["Redis", (limits) => shownMebibytes(limits.redis_memory_mb)],
  ["MongoDB", (limits) => sized(limits.mongodb_storage_mb, limits.mongodb_connections)],
  ["Queues", (limits) => shownCount(limits.queue_count)],
  ["Each queue", (limits) => sized(limits.queue_storage_mb, limits.queue_connections)],
  ["Its streams", (limits) => shownCount(limits.queue_streams)],
  ["Storage", (limits) => shownMebibytes(limits.storage_storage_mb)],
  ["Inbox", inbox],
  ["Pausing", (_limits, features) => (features.pause ? "yes" : "no")],
  ["Calls / min", (limits) => shownCount(limits.requests_per_minute)],
];

/** "1 GB / 8c", as the documentation writes it. */
function sized(megabytes: number, connections: number): string {
  if (megabytes === UNLIMITED && connections === UNLIMITED) return "unlimited";
  return `${shownMebibytes(megabytes)} / ${connections === UNLIMITED ? "unlimited" : `${connections}c`}`;
}

/** Requests an inbox keeps, and bytes. */
function inbox({ webhook_requests_stored: requests, webhook_storage_mb: megabytes }: Limits): string {
  if (requests === UNLIMITED && megabytes === UNLIMITED) return "unlimited";
  return `${shownCount(requests)} / ${shownMebibytes(megabytes)}`;
}

export function PricingPage() {
  return (
    <Site title="Pricing" current="/pricing" isWide stylesheet="/docs/product.css">
      <p class="lead">
        Start without an account. Limits are hard stops, never bills: over one, what runs keeps running, and the next create says what to
        do.
      </p>
      <div class="cards tiers">
        {plans.public_ladder.map((tier) => (
          <TierCard tier={tier} plan={plans.tiers[tier]} />
        ))}
      </div>
      <p class="small after">
        “c” is simultaneous connections; an inbox keeps so many requests and bytes. Sizes and connections are of each resource, and sizes
        count above what an empty one takes.
      </p>
      <h2>How it works</h2>
      <dl>
        <dt>Before you claim</dt>
        <dd>
          {shownCount(plans.tiers.anonymous.limits.provisions_per_day)} resources a day from one address, for{" "}
          {plans.tiers.anonymous.lifetime_hours} hours each. That is the trial; there is no other.
        </dd>
        <dt>Claiming</dt>
        <dd>
          An e-mail makes what you made your team's, on {plans.tiers[plans.claim_tier].display_name}, without an end. Connection URLs do not
          change.
        </dd>
        <dt>At a limit</dt>
        <dd>
          The next create of that kind answers 402 with the way on. Nothing is billed; only what grows far beyond its size is cut to
          reading, until it shrinks.
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
        <dt>Lives</dt>
        <dd>{plan.lifetime_hours === UNLIMITED ? "no end" : `${plan.lifetime_hours} h`}</dd>
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

/** What stands below the monthly price. */
function paymentNote({ monthly, yearly }: Plan["prices"]): string {
  if (monthly === 0) return "no account, no card";
  return yearly === undefined ? "by the month" : `or ${shownPrice(yearly)} a year`;
}
