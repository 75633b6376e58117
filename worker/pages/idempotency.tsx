/** @jsxImportSource hono/jsx */
/** `GET /docs/idempotency`: the rules of replays, with the numbers from the code. */
import { DUPLICATE_WAIT_MS, LEASE_MS, REPLAY_LIFETIME_MS } from "../../contract/admission.ts";
import { ANONYMOUS_KEY_MIN_CHARACTERS, IDEMPOTENCY_KEY_MAX_CHARACTERS } from "../../contract/names.ts";
import { Layout } from "./layout.tsx";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

const exampleFor = (publicUrl: string) => `KEY=$(cat /proc/sys/kernel/random/uuid)
curl -X POST ${publicUrl}/db/new \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: $KEY" \\
  -d '{"name":"prod-db"}'`;

export function IdempotencyPage({ publicUrl }: { publicUrl: string }) {
  return (
    <Layout title="Idempotency: making a retry safe">
      <header class="bar">
        <a href="/">instanode</a>
        <a href="/docs">API reference</a>
      </header>
      <main class="text">
        <h1>Making a retry safe</h1>
        <p>
          A create that times out may have worked. Send an <code>Idempotency-Key</code> with it, and retry with the same key: you get one
          resource and the same answer on every attempt.
        </p>
        <pre>{exampleFor(publicUrl)}</pre>
        <p>
          Run the last command twice: the second answer is the first one, byte for byte, with <code>X-Idempotent-Replay: true</code> and no
          second database.
        </p>
        <Rules />
        <Outcomes />
      </main>
    </Layout>
  );
}

function Rules() {
  return (
    <>
      <h2>The rules</h2>
      <ul>
        <li>Every POST that creates accepts a key. Without a key, two equal requests create two resources.</li>
        <li>
          A key is 1 to {IDEMPOTENCY_KEY_MAX_CHARACTERS} printable ASCII characters. Without an account it must be unguessable: a UUID, or
          at least {ANONYMOUS_KEY_MIN_CHARACTERS} characters. Anyone who knows your key and shares your address could read its answer.
        </li>
        <li>A key belongs to your team, or to your address when you have no account, and to one route.</li>
        <li>An answer is replayed for {REPLAY_LIFETIME_MS / HOUR_MS} hours, or until its resource is claimed, rotated or deleted.</li>
        <li>Stored answers are encrypted. Server errors (5xx) are not stored.</li>
        <li>A replay does not count against the daily limit.</li>
      </ul>
    </>
  );
}

function Outcomes() {
  return (
    <>
      <h2>What can happen</h2>
      <table>
        <thead>
          <tr>
            <th>the same key, and</th>
            <th>answer</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>the same body, the first request has ended</td>
            <td>its answer, with X-Idempotent-Replay: true</td>
          </tr>
          <tr>
            <td>the same body, the first request is still running</td>
            <td>
              waits up to {DUPLICATE_WAIT_MS / SECOND_MS} seconds for the same answer; after that 409{" "}
              <code>idempotency_key_in_progress</code>, try again in 2 seconds
            </td>
          </tr>
          <tr>
            <td>the same body, the first request failed or was lost</td>
            <td>continues with the same resource; a lost request is abandoned after {LEASE_MS / SECOND_MS} seconds</td>
          </tr>
          <tr>
            <td>another body</td>
            <td>
              409 <code>idempotency_key_conflict</code>; key order and white space do not matter
            </td>
          </tr>
          <tr>
            <td>the key is invalid</td>
            <td>
              400 <code>invalid_idempotency_key</code>
            </td>
          </tr>
        </tbody>
      </table>
    </>
  );
}
