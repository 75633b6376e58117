/** @jsxImportSource hono/jsx */
/** The interactive reference: Swagger UI, served from this site, for openapi.json. */
import { Layout } from "./layout.tsx";

export function ReferencePage() {
  const head = (
    <>
      <link rel="stylesheet" href="/docs/swagger-ui.css" />
      <script src="/docs/swagger-ui-bundle.js" defer />
      <script src="/docs/reference.js" type="module" />
    </>
  );
  return (
    <Layout title="instanode API reference" head={head}>
      <header class="bar">
        <a href="/">instanode</a>
        <a href="/openapi.json">openapi.json</a>
        <a href="/docs/idempotency">Idempotency</a>
        <a href="/readyz">Status</a>
      </header>
      <noscript>
        <p class="text">
          This reference needs JavaScript. Without it, read <a href="/openapi.json">openapi.json</a>.
        </p>
      </noscript>
      <main id="reference" />
    </Layout>
  );
}
