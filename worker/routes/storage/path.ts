/** The path every route about one storage resource has. */
import { z } from "@hono/zod-openapi";

export const storageParameters = {
  params: z.object({
    token: z.uuid().openapi({ description: "The storage resource's `token`.", example: "a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d" }),
  }),
};
