// The page's own copy of the document: the one under /api/ needs a token.
SwaggerUIBundle({
  url: "/static/docs/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  defaultModelsExpandDepth: 0,
  // A token stays in this page's memory.
  persistAuthorization: false,
  // By default what is shown is sent to a validator elsewhere, and a link may name another document.
  validatorUrl: null,
  queryConfigEnabled: false,
});
