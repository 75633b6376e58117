/** `GET /pricing`: where every 402 points. */
import { createRoute } from "@hono/zod-openapi";
import { PricingPage } from "../../pages/pricing.tsx";
import { PUBLIC_PAGE_HEADERS } from "../../pages/site.tsx";
import { endpoint } from "../endpoint.ts";
import { html, pageRefusals } from "../openapi.ts";

const route = createRoute({
  method: "get",
  path: "/pricing",
  tags: ["Documentation"],
  summary: "What each tier costs and includes",
  operationId: "pricing",
  security: [],
  responses: { 200: html("The page."), ...pageRefusals() },
});

export const pricing = endpoint(route, { access: "open", rate: "counted", answers: "page" }, (c) =>
  c.html(PricingPage(), 200, PUBLIC_PAGE_HEADERS),
);
