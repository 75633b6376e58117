/** docs/access.md: every endpoint, and the verdict for each actor. Made from the endpoints and worker/access.ts, which enforce it. */
import { ACTOR_COLUMNS, verdict } from "../access.ts";
import { ENDPOINTS } from "./endpoints.ts";

const HEAD = `# Access by route and actor

Written by \`npm run generate\` from the route definitions and \`worker/access.ts\`; do not edit. *yes*: accepted (ownership is checked after that, and
a thing of another team is 404). *ignored*: the route reads no credential. *page* routes use a session if there is one and accept requests
without. A key's scope includes those before it: read, write, admin. *holder*: the \`upgrade_jwt\` of one unclaimed resource.
`;

export function accessTable(): string {
  const head = ["route", "rule", ...ACTOR_COLUMNS];
  const rows = ENDPOINTS.map(({ route, access }) => [
    `${route.method.toUpperCase()} ${route.path}`,
    access,
    ...ACTOR_COLUMNS.map((actor) => verdict(access, actor)),
  ]);
  return [HEAD, line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
