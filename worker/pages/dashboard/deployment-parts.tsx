/** @jsxImportSource hono/jsx */
/** Parts that the list and the page of one deployment share. */
import type { DeployItem } from "../../services/deploys/item.ts";
import type { Tone } from "../parts.tsx";

/** A release is under way, or the deployment is being removed: its page refreshes itself. */
const CHANGING: ReadonlySet<DeployItem["status"]> = new Set(["building", "deploying", "deleting"]);

export function isChanging({ status }: Pick<DeployItem, "status">): boolean {
  return CHANGING.has(status);
}

const TONES: Partial<Record<DeployItem["status"], Tone>> = { building: "warn", deploying: "warn", healthy: "good", failed: "bad" };

export function DeploymentState({ item }: { item: DeployItem }) {
  return <span class={`state ${TONES[item.status] ?? ""}`}>{wordsOf(item)}</span>;
}

function wordsOf({ status, queue_position, failure }: DeployItem): string {
  if (status === "building" && queue_position !== null && queue_position > 0) return `waiting, ${queue_position} ahead`;
  return status === "healthy" && failure !== undefined ? "healthy, last release failed" : status;
}

/** The URL; a link once a release has answered there. */
export function DeploymentUrl({ item: { url, current_release } }: { item: DeployItem }) {
  if (current_release === null) return <span>{url}</span>;
  return (
    <a href={url} rel="noreferrer">
      {url}
    </a>
  );
}
