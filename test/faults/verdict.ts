/** Compares what exists with what must. Pure: the campaign asks until nothing is wrong, or time is up. */
import type { EngineName } from "../../contract/engines.ts";
import type { Expectation } from "./ledger.ts";
import type { World } from "./world.ts";

/** `resourceId` is null for something no record leads to. */
export type Problem = { resourceId: string | null; what: string };

/** What a whole tenant consists of on its engine. */
export type WholeParts = (engine: EngineName) => readonly string[];

const GONE = "dropped";

/** Everything that is not as it must be. */
export function findProblems(expected: ReadonlyMap<string, Expectation>, world: World, wholeParts: WholeParts): Problem[] {
  const ids = new Set([...expected.keys(), ...world.rows.map((row) => row.id), ...world.tenants.map((tenant) => tenant.resource_id)]);
  return [
    ...[...ids]
      .map((id) => wrongWith(id, expected.get(id) ?? "gone", partsOf(id, world, wholeParts)))
      .filter((problem) => problem !== null),
    ...poolProblems(world, wholeParts),
    ...strangers(world),
    ...world.quarantined.map((name) => ({ resourceId: null, what: `${name} is quarantined` })),
  ];
}

function wrongWith(resourceId: string, expectation: Expectation, parts: Parts): Problem | null {
  if (isFine(expectation, parts)) return null;
  return { resourceId, what: `must be ${expectation === "gone" ? "gone" : `whole (${expectation})`}; ${describe(parts)}` };
}

/** A ready-made tenant is whole and ready, or it is gone: nothing stays half-made or half-removed. */
function poolProblems({ engines, pooled }: World, wholeParts: WholeParts): Problem[] {
  return pooled.flatMap(({ engine, name, state }) => {
    const there = engines.get(engine)?.get(name) ?? new Set<string>();
    const missing = wholeParts(engine).filter((part) => !there.has(part));
    const isFine = state === GONE ? there.size === 0 : state === "ready" && missing.length === 0;
    const has = [...there].join(" and ") || "nothing";
    return isFine ? [] : [{ resourceId: null, what: `ready-made ${engine} ${name} is ${state}, with ${has} on the engine` }];
  });
}

/** What no tenant of the registry accounts for. */
function strangers({ engines, tenants, pooled }: World): Problem[] {
  const registered = new Set([...tenants, ...pooled].map(({ engine, name }) => `${engine} ${name}`));
  return [...engines].flatMap(([engine, found]) =>
    [...found]
      .filter(([name]) => !registered.has(`${engine} ${name}`))
      .map(([name, parts]) => ({ resourceId: null, what: `nobody's ${engine} ${[...parts].join(" and ")} ${name}` })),
  );
}

type Parts = {
  row: string | null;
  tenant: string | null;
  name: string | null;
  /** Of the tenant on its server; a kind without an engine has nothing anywhere else. */
  there: readonly string[];
  missing: readonly string[];
  hasEngine: boolean;
};

function partsOf(resourceId: string, world: World, wholeParts: WholeParts): Parts {
  const tenant = world.tenants.find((one) => one.resource_id === resourceId);
  const row = world.rows.find((one) => one.id === resourceId);
  const found = (tenant && world.engines.get(tenant.engine)?.get(tenant.name ?? "")) ?? new Set<string>();
  const whole = tenant === undefined ? [] : wholeParts(tenant.engine);
  return {
    row: row?.status ?? null,
    tenant: tenant?.state ?? null,
    name: tenant?.name ?? null,
    there: [...found],
    missing: whole.filter((part) => !found.has(part)),
    hasEngine: tenant !== undefined || row?.kind !== "webhook",
  };
}

function isFine(expectation: Expectation, parts: Parts): boolean {
  if (expectation === "gone") return isGone(parts);
  return isWhole(parts) || (expectation === "undecided" && isGone(parts));
}

function isWhole({ row, tenant, missing, hasEngine }: Parts): boolean {
  return row === "active" && (!hasEngine || (tenant === "active" && missing.length === 0));
}

function isGone({ row, tenant, there }: Parts): boolean {
  return (row === null || row === GONE) && (tenant === null || tenant === GONE) && there.length === 0;
}

function describe({ row, tenant, name, there, missing }: Parts): string {
  const has = there.length === 0 ? "nothing on the engine" : `${there.join(" and ")} on the engine`;
  const lacks = missing.length === 0 ? "" : `, no ${missing.join(" and ")}`;
  return `row ${row ?? "none"}, registry ${tenant ?? "none"}, ${has}${lacks} (${name ?? "no name"})`;
}
