/** @jsxImportSource hono/jsx */
/** Parts that the list and the page of one resource share. */
import { UNLIMITED } from "../../../contract/plans.ts";
import type { ResourceItem, WholeItem } from "../../services/resources/item.ts";
import { shownBytes, shownSpan } from "../format.ts";
import type { Tone } from "../parts.tsx";

/** The share of the limit from which the bar shows a warning. */
const NEARLY_FULL_PERCENT = 80;
const FULL_PERCENT = 100;

type State = { tone: Tone | null; words: string };

export function State({ item, nowMs }: { item: ResourceItem; nowMs: number }) {
  const { tone, words } = stateOf(item, nowMs);
  return <span class={`state ${tone ?? ""}`}>{words}</span>;
}

function stateOf(item: ResourceItem, nowMs: number): State {
  const { provisional, status, access, storage_exceeded, expires_at } = item;
  if (provisional) return { tone: "warn", words: "to be confirmed" };
  if (status === "paused") return { tone: null, words: "paused" };
  if (access === "none") return { tone: "bad", words: "closed: far over its limit" };
  if (access === "read_only") return { tone: "bad", words: "read-only: far over its limit" };
  if (storage_exceeded) return { tone: "warn", words: "over its size limit" };
  if (expires_at !== undefined) return { tone: "warn", words: `${shownSpan(Date.parse(expires_at) - nowMs)} left` };
  return { tone: "good", words: "active" };
}

/** Its storage use, with a bar where there is a limit. */
export function Usage({ item: { storage_bytes, storage_limit_bytes } }: { item: WholeItem }) {
  return <Share used={storage_bytes} limit={storage_limit_bytes} shown={shownBytes} />;
}

/** An amount and its limit: words, with a bar where there is a limit. */
export function Share({ used, limit, shown }: { used: number; limit: number; shown: (amount: number) => string }) {
  if (limit === UNLIMITED) return <span class="small">{shown(used)}, no limit</span>;
  const percent = limit === 0 ? 0 : Math.min(FULL_PERCENT, (used / limit) * FULL_PERCENT);
  const tone = used > limit ? "bad" : percent >= NEARLY_FULL_PERCENT ? "warn" : "";
  return (
    <span class="usage small">
      {shown(used)} of {shown(limit)}
      <svg class={`bar ${tone}`} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect width={percent.toFixed(2)} height="1" />
      </svg>
    </span>
  );
}
