/** A home on the bridge: each verb is one signed job. */
import type { EngineName } from "../../contract/engines.ts";
import { type Grant, jobIdFor } from "../../contract/jobs.ts";
import type { Credentials, Kind } from "../../contract/kinds/kind.ts";
import { BridgeError } from "../ports/bridge.ts";
import type { Home } from "./home.ts";

/** The generation of every create; each later job of the resource has a higher one. */
const FIRST_GENERATION = 1;

/** The home of one kind. Its credentials contain only the fields of the kind's schema; other fields of the bridge's answer are dropped. */
export function onBridge(engine: EngineName, { credentials: schema }: Pick<Kind, "credentials">): Home {
  const credentialsIn = ({ connection_url, internal_url, details }: Grant): Credentials =>
    schema.parse({ connection_url, internal_url, ...details });
  return {
    async open({ deps: { bridge }, requestId }, { resourceId, limits }) {
      const args = { engine, resource_id: resourceId, generation: FIRST_GENERATION, limits };
      const job = await bridge.sign<"create">({ kind: "create", args }, jobIdFor("create", resourceId, FIRST_GENERATION));
      return async () => {
        const { grant, cold } = await bridge.send(job, requestId);
        return { credentials: credentialsIn(grant), cold };
      };
    },
    async close({ deps: { bridge }, requestId }, { resourceId, generation }) {
      const args = { engine, resource_id: resourceId, generation };
      await bridge.run<"drop">({ kind: "drop", args }, jobIdFor("drop", resourceId, generation), requestId);
    },
    async adjust({ deps: { bridge }, requestId }, { resourceId, generation, limits, access }) {
      const args = { engine, resource_id: resourceId, generation, limits, access };
      try {
        await bridge.run<"limit">({ kind: "limit", args }, jobIdFor("limit", resourceId, generation), requestId);
        return "done";
      } catch (error) {
        if (isOvertaken(error)) return "overtaken";
        // No tenant exists to be limited: a drop is under way, or the reconciler reports the missing tenant.
        if (error instanceof BridgeError && (error.code === "unknown_tenant" || error.code === "resource_gone")) return "done";
        throw error;
      }
    },
    async credentials({ deps: { bridge, ids }, requestId }, resourceId) {
      const args = { engine, resource_id: resourceId };
      const { grant } = await bridge.run<"grant">({ kind: "grant", args }, ids.uuid(), requestId);
      return credentialsIn(grant);
    },
    async rotate({ deps: { bridge }, requestId }, { resourceId, generation, rotation }) {
      const args = { engine, resource_id: resourceId, generation, rotation };
      try {
        const { grant } = await bridge.run<"rotate">({ kind: "rotate", args }, jobIdFor("rotate", resourceId, generation), requestId);
        return credentialsIn(grant);
      } catch (error) {
        if (isOvertaken(error)) return null;
        throw error;
      }
    },
    measuresLive: false,
    async measure(_call, { reported }) {
      return reported;
    },
  };
}

function isOvertaken(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "stale_generation";
}
