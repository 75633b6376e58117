/** docs/access.md: every endpoint, and what every actor meets there. Made from the endpoints and worker/access.ts, which enforce it. */
import { ACTOR_COLUMNS, verdict } from "../access.ts";
import { ENDPOINTS } from "./endpoints.ts";

const HEAD = `# Who may ask what

Written by \`npm run generate\` from the route definitions and \`worker/access.ts\`; do not edit. *yes*: let through (whether the thing asked for is
the asker's own is decided after that; somebody else's is 404). *ignored*: no credential is looked at. *page*-like routes take a session if there
is one. A key's scope includes those before it: read, write, admin. *holder*: the \`upgrade_jwt\` of one resource that nobody has claimed.
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
