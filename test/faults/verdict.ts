/** Compares what exists with what must. Pure: the campaign asks until nothing is wrong, or time is up. */
import type { Expectation } from "./ledger.ts";
import type { World } from "./world.ts";

/** `resourceId` is null for something no record leads to. */
export type Problem = { resourceId: string | null; what: string };

const GONE = "dropped";

/** Everything that is not as it must be. */
export function findProblems(expected: ReadonlyMap<string, Expectation>, world: World): Problem[] {
  const ids = new Set([...expected.keys(), ...world.rows.map((row) => row.id), ...world.tenants.map((tenant) => tenant.resource_id)]);
  return [
    ...[...ids].map((id) => wrongWith(id, expected.get(id) ?? "gone", partsOf(id, world))).filter((problem) => problem !== null),
    ...strangers(world),
    ...world.quarantined.map((name) => ({ resourceId: null, what: `${name} is quarantined` })),
  ];
}

function wrongWith(resourceId: string, expectation: Expectation, parts: Parts): Problem | null {
  if (isFine(expectation, parts)) return null;
  return { resourceId, what: `must be ${expectation === "gone" ? "gone" : `whole (${expectation})`}; ${describe(parts)}` };
}

/** What no tenant of the registry accounts for. */
function strangers({ databases, roles, tenants }: World): Problem[] {
  const registered = new Set(tenants.map((tenant) => tenant.name));
  const problem = (kind: string) => (name: string) => ({ resourceId: null, what: `nobody's ${kind} ${name}` });
  return [
    ...databases.filter((name) => !registered.has(name)).map(problem("database")),
    ...roles.filter((name) => !registered.has(name)).map(problem("role")),
  ];
}

type Parts = { row: string | null; tenant: string | null; name: string | null; database: boolean; role: boolean };

function partsOf(resourceId: string, world: World): Parts {
  const tenant = world.tenants.find((one) => one.resource_id === resourceId);
  const name = tenant?.name ?? null;
  return {
    row: world.rows.find((one) => one.id === resourceId)?.status ?? null,
    tenant: tenant?.state ?? null,
    name,
    database: name !== null && world.databases.includes(name),
    role: name !== null && world.roles.includes(name),
  };
}

function isFine(expectation: Expectation, parts: Parts): boolean {
  if (expectation === "gone") return isGone(parts);
  return isWhole(parts) || (expectation === "undecided" && isGone(parts));
}

function isWhole({ row, tenant, database, role }: Parts): boolean {
  return row === "active" && tenant === "active" && database && role;
}

function isGone({ row, tenant, database, role }: Parts): boolean {
  return (row === null || row === GONE) && (tenant === null || tenant === GONE) && !database && !role;
}

function describe({ row, tenant, name, database, role }: Parts): string {
  const has = (there: boolean): string => (there ? "there" : "not there");
  return `row ${row ?? "none"}, registry ${tenant ?? "none"}, database ${has(database)}, role ${has(role)} (${name ?? "no name"})`;
}
