/** The Worker's part of each kind: its home and its Worker-only rules. Everything else is in `contract/kinds.ts`. */
import { ENGINE_NAMES } from "../contract/engines.ts";
import type { HomeName } from "../contract/homes.ts";
import type { Kind } from "../contract/kinds/kind.ts";
import { byKind, KINDS, type ResourceKind } from "../contract/kinds.ts";
import { onBridge } from "./homes/bridge.ts";
import type { Home } from "./homes/home.ts";
import { inbox } from "./homes/inbox.ts";
import type { OwnRules } from "./kinds/own-rules.ts";
import { storage } from "./kinds/storage.ts";

/** The constructor of each home. */
const MAKERS = new Map<HomeName, (kind: Kind) => Home>([
  ...ENGINE_NAMES.map((engine) => [engine, (kind: Kind) => onBridge(engine, kind)] as const),
  ["inbox", () => inbox],
]);

const HOMES = byKind((kind) => {
  const make = MAKERS.get(KINDS[kind].home);
  if (make === undefined) throw new Error(`the Worker does not know the home of ${kind}`);
  return make(KINDS[kind]);
});

/** Most kinds have no rules of their own. */
const OWN_RULES: Partial<Record<ResourceKind, OwnRules>> = { storage };

export function homeOf(kind: ResourceKind): Home {
  return HOMES[kind];
}

export function ownRulesOf(kind: ResourceKind): OwnRules {
  return OWN_RULES[kind] ?? {};
}
