/** `GET /pricing`: the target of every 402. */
import { createRoute } from "@hono/zod-openapi";
import { PricingPage } from "../../pages/pricing.tsx";
import { PUBLIC_PAGE_HEADERS } from "../../pages/site.tsx";
import { endpoint } from "../endpoint.ts";
import { html, pageRefusals } from "../openapi.ts";

const route = createRoute({
  method: "get",
  path: "/pricing",
  tags: ["Documentation"],
  summary: "The price and the limits of each tier",
  operationId: "pricing",
  security: [],
  responses: { 200: html("The page."), ...pageRefusals() },
});

export const pricing = endpoint(route, { access: "open", rate: "counted", answers: "page" }, (c) =>
  c.html(PricingPage(), 200, PUBLIC_PAGE_HEADERS),
);
