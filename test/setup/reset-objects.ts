/** Every test in workerd starts with empty Durable Objects: the project runs with `isolate: false`, which is 6 times faster but keeps state. */
import { reset } from "cloudflare:test";
import { beforeEach } from "vitest";

beforeEach(async () => {
  await reset();
});
