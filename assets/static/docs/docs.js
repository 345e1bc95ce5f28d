// Swagger UI has a dark style, and leaves it to the page when to use it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What it shows as curl has the token in it, which others may see who look at the screen.
const withoutCurl = { components: { curl: () => null, RequestSnippets: () => null } };

// The page's own copy of the document: the one under /api/ needs a token.
SwaggerUIBundle({
  url: "/static/docs/openapi.json",
  dom_id: "#docs",
  plugins: [withoutCurl],
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
