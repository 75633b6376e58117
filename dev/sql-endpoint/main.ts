/** The SQL endpoint as a process of its own: `main.ts LISTEN_PORT TARGET_HOST TARGET_PORT`. */
import { z } from "zod";
import { HOST } from "../ports.ts";
import { createSqlEndpoint } from "./server.ts";

const port = z.coerce.number().int().min(1).max(65_535);
const [listenPort, host, targetPort] = z.tuple([port, z.string().min(1), port]).parse(process.argv.slice(2));

const server = createSqlEndpoint({ host, port: targetPort });
server.listen(listenPort, HOST, () => console.log(`SQL over HTTP on ${HOST}:${listenPort}, in front of ${host}:${targetPort}`));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
