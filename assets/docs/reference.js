/** Starts the interactive reference. Requests go to the server this page came from, whatever the document names. */
const response = await fetch("/openapi.json");
const spec = await response.json();
spec.servers = [{ url: location.origin }];
globalThis.SwaggerUIBundle({
  spec,
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
