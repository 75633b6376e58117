// The least a Durable Object can do with a post: one row more. What an inbox's ingest rate is compared with.
import { DurableObject } from "cloudflare:workers";

export class BareObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS posts (id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
  }

  async insert(body) {
    this.ctx.storage.sql.exec("INSERT INTO posts (body) VALUES (?)", body);
  }
}

// biome-ignore lint/style/noDefaultExport: workerd takes the entry as the default export.
export default {
  async fetch(request, env) {
    await env.BARE_OBJECT.getByName("the one").insert(new Uint8Array(await request.arrayBuffer()));
    return new Response("ok");
  },
};
