/** @jsxImportSource hono/jsx */
/** `GET /` for a person: the curl that creates a database, and the kinds of resources. */

import { FIRST_KIND, KINDS, RESOURCE_KINDS } from "../../contract/kinds.ts";
import { answerLimits } from "../../contract/limits.ts";
import { plans } from "../../contract/plans.ts";
import { shownPrice } from "./format.ts";
import { COPY_SCRIPT, Copyable, createCurl } from "./parts.tsx";
import { Site } from "./site.tsx";

export function LandingPage({ publicUrl }: { publicUrl: string }) {
  return (
    <Site title="Infrastructure in one curl" heading={false} isWide stylesheet="/docs/product.css" scripts={[COPY_SCRIPT]}>
      <div class="hero">
        <h1>Infrastructure in one curl</h1>
        <p class="lead">
          A real Postgres database that works as soon as the answer arrives. No sign-up, no key, no Docker. It lasts{" "}
          {plans.tiers.anonymous.lifetime_hours} hours; an e-mail address keeps it.
        </p>
        <Copyable text={createCurl(publicUrl, FIRST_KIND)} />
        <Answer publicUrl={publicUrl} />
      </div>
      <Steps publicUrl={publicUrl} />
      <Kinds publicUrl={publicUrl} />
      <Agents />
    </Site>
  );
}

/** The answer of a create, shortened. */
function Answer({ publicUrl }: { publicUrl: string }) {
  const shortened = {
    ok: true,
    name: KINDS[FIRST_KIND].words.example,
    connection_url: "postgres://…:…@…/…",
    limits: answerLimits(FIRST_KIND, "anonymous"),
    upgrade_jwt: "eyJ…",
    claim_url: `${publicUrl}/start?t=eyJ…`,
  };
  return (
    <details class="answer">
      <summary>Show the answer</summary>
      <pre>{JSON.stringify(shortened, null, 2)}</pre>
    </details>
  );
}

function Steps({ publicUrl }: { publicUrl: string }) {
  const { display_name, prices } = plans.tiers[plans.claim_tier];
  return (
    <>
      <h2>Make it, use it, keep it</h2>
      <ol class="steps cards">
        <li class="panel">
          <h3>1. Make it</h3>
          <p>
            The answer contains a <code>connection_url</code> for any client. The platform has tested it before you see it.
          </p>
        </li>
        <li class="panel">
          <h3>2. Use it</h3>
          <p>
            <code>psql "$URL"</code>, a driver, an ORM: it is an ordinary database with its own password. Limits are hard stops, never
            bills.
          </p>
        </li>
        <li class="panel">
          <h3>3. Keep it</h3>
          <p>
            Open its <code>claim_url</code>, or send its <code>upgrade_jwt</code> and an e-mail to <code>{publicUrl}/claim</code>. URL and
            password do not change unless you ask for new ones. {display_name} is {shownPrice(prices.monthly)} a month.
          </p>
        </li>
      </ol>
    </>
  );
}

function Kinds({ publicUrl }: { publicUrl: string }) {
  return (
    <>
      <h2>Everything an app needs</h2>
      <div class="kinds">
        {RESOURCE_KINDS.filter((kind) => kind !== FIRST_KIND).map((kind) => (
          <section>
            <h3>{KINDS[kind].words.label}</h3>
            <p>{KINDS[kind].words.what}</p>
            <Copyable text={createCurl(publicUrl, kind)} />
          </section>
        ))}
      </div>
      <p>
        <a href="/pricing">The pricing page</a> lists what each tier includes.
      </p>
    </>
  );
}

function Agents() {
  return (
    <>
      <h2>Made for agents</h2>
      <p>
        <a href="/openapi.json">openapi.json</a> describes the whole API, including the claim flow. Every error has a stable code and an{" "}
        <code>agent_action</code> that says what to do next. An <a href="/docs/idempotency">Idempotency-Key</a> makes every create safe to
        retry.
      </p>
    </>
  );
}
