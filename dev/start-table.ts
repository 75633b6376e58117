/** What runs where, and the first thing to try: the last words of a start. */
import type { Stack } from "./stack.ts";

/** No password stands in it: terminals are copied into chats. */
export function stackTable({ urls, paths, services }: Stack, mode: "serve" | "watch"): string {
  const rows: [what: string, where: string, pid: number | undefined, note: string][] = [
    ["API", urls.api, services.worker.pid(), mode === "serve" ? "the built Worker in workerd" : "wrangler dev, reloads"],
    ["API reference", `${urls.api}/docs`, undefined, "interactive"],
    ["bridge", urls.bridge, services.bridge.pid(), "acts on signed jobs only"],
    ["SQL endpoint", urls.sql, services["sql-endpoint"].pid(), "what the Neon driver speaks"],
    ["tenants' PostgreSQL", address(urls.tenantPostgres), services["tenant-postgres"].pid(), "with pgvector"],
    ["platform PostgreSQL", address(urls.platformPostgres), services["platform-postgres"].pid(), "platform database and registry"],
    ["cron", urls.cron, undefined, mode === "serve" ? "POST ?cron=…" : "GET ?cron=…"],
    ["data, logs", paths.dataDir, undefined, "npm start -- --reset starts empty"],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const lines = rows.map(([what, where, pid, note]) =>
    [what.padEnd(widths[0] ?? 0), where.padEnd(widths[1] ?? 0), (pid === undefined ? "" : `pid ${pid}`).padEnd(11), note]
      .join("  ")
      .trimEnd(),
  );
  return `\n${lines.map((line) => `  ${line}\n`).join("")}
Try it:

  curl -X POST ${urls.api}/db/new \\
    -H "Content-Type: application/json" \\
    -d '{"name":"prod-db"}'

Ctrl-C stops everything.
`;
}

function address(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}
