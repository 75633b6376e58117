/** The end of a start's output: what runs where, and a first command to try. */
import { withoutSecret } from "./postgres/connect.ts";
import type { Stack } from "./stack.ts";

/** Without passwords: users copy terminal output into chats. */
export function stackTable({ urls, paths, engineRows, deployRows }: Stack, mode: "serve" | "watch"): string {
  const rows: [what: string, where: string, note: string][] = [
    ["API", urls.api, mode === "serve" ? "the built Worker in workerd" : "wrangler dev, reloads"],
    ["API reference", `${urls.api}/docs`, "interactive"],
    ["mailbox", `${urls.api}/dev/mailbox`, "mails stay on this machine: claim and sign-in links"],
    ["bridge", urls.bridge, "acts on signed jobs only"],
    ["SQL endpoint", urls.sql, "what the Neon driver speaks"],
    ...[...engineRows, ...deployRows].map(({ what, where, note }): [string, string, string] => [what, where, note]),
    ["platform PostgreSQL", withoutSecret(urls.platformPostgres), "platform database and registry"],
    ["cron", urls.cron, mode === "serve" ? "POST ?cron=…" : "GET ?cron=…"],
    ["data, logs", paths.dataDir, "npm start -- --reset starts empty"],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const lines = rows.map(([what, where, note]) => [what.padEnd(widths[0] ?? 0), where.padEnd(widths[1] ?? 0), note].join("  ").trimEnd());
  return `\n${lines.map((line) => `  ${line}\n`).join("")}
Try it:

  curl -X POST ${urls.api}/db/new \\
    -H "Content-Type: application/json" \\
    -d '{"name":"prod-db"}'

Ctrl-C stops everything.
`;
}
