// No Dockerfile: a source with a package.json is installed with npm and started with `npm start`.
import { createServer } from "node:http";

createServer((request, response) => {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ hello: request.headers.host, greeting: process.env.GREETING ?? null }));
}).listen(Number(process.env.PORT ?? 8080));
