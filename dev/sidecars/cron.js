/**
 * Runs beside the Worker in workerd, which has no cron of its own: `POST /run?cron=<expression>` calls the Worker's
 * scheduled handler as Cloudflare would, and answers when it is done. Its socket listens on 127.0.0.1 only.
 */
// biome-ignore lint/style/noDefaultExport: workerd finds a handler as the default export.
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const cron = url.searchParams.get("cron");
    if (request.method !== "POST" || url.pathname !== "/run" || cron === null) {
      return Response.json({ ok: false, message: "POST /run?cron=<expression>" }, { status: 404 });
    }
    const { outcome } = await env.MAIN.scheduled({ cron, scheduledTime: new Date() });
    return Response.json({ ok: outcome === "ok", outcome }, { status: outcome === "ok" ? 200 : 500 });
  },
};
