/**
 * Static files with their Content-Type, as Cloudflare's ASSETS binding serves them: workerd's own disk service sends every
 * file as application/octet-stream. `/x` and `/x/` find x.html and x/index.html.
 */
const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  txt: "text/plain; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  woff2: "font/woff2",
};

export default {
  async fetch(request, env) {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    const { pathname } = new URL(request.url);
    for (const path of candidates(pathname)) {
      const found = await env.FILES.fetch(new Request(`http://files${path}`, { method: request.method }));
      if (found.ok) return withType(found, path);
    }
    return new Response("Not found", { status: 404 });
  },
};

function candidates(pathname) {
  const bare = pathname.replace(/\/+$/, "");
  const isFile = /\.[^/]+$/.test(bare);
  return isFile ? [bare] : [`${bare}/index.html`, ...(bare === "" ? [] : [`${bare}.html`])];
}

function withType(found, path) {
  const headers = new Headers(found.headers);
  headers.set("content-type", TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream");
  return new Response(found.body, { status: found.status, headers });
}
