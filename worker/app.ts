/** The HTTP application: the middleware of every request, in order, and the endpoints. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { timing } from "hono/timing";
import type { Deps } from "./deps.ts";
import type { AppEnv } from "./http.ts";
import { accessLog } from "./middleware/access-log.ts";
import { actor } from "./middleware/actor.ts";
import { answerHeaders } from "./middleware/answer-headers.ts";
import { client } from "./middleware/client.ts";
import { errorHandler } from "./middleware/errors.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { requestId } from "./middleware/request-id.ts";
import { routing, unmatched } from "./middleware/routing.ts";
import { mount } from "./routes/document.ts";
import { ENDPOINTS } from "./routes/endpoints.ts";

export type App = OpenAPIHono<AppEnv>;

/** Routes are compiled once for each isolate, not once for each request. */
const apps = new WeakMap<Deps, App>();

/** @returns the app of these dependencies; the same dependencies always give the same app */
export function createApp(deps: Deps): App {
  const app = apps.get(deps) ?? build(deps);
  apps.set(deps, app);
  return app;
}

function build(deps: Deps): App {
  const app: App = new OpenAPIHono<AppEnv>();
  const endpoints = ENDPOINTS.filter(({ developmentOnly }) => !developmentOnly || deps.config.environment === "development");
  // Server-Timing is sent in development only.
  if (deps.config.environment === "development") app.use(timing());
  app.use(requestId(deps));
  app.use(routing(endpoints));
  app.use(answerHeaders(deps.config));
  app.use(accessLog(deps.clock));
  app.use(client(deps));
  // Before the rate limit, which counts a known caller against its team. A refused credential is counted inside `actor`.
  app.use(actor());
  app.use(rateLimit());
  for (const endpoint of endpoints) mount(app, endpoint);
  app.notFound(unmatched);
  app.onError(errorHandler(deps.config));
  return app;
}
