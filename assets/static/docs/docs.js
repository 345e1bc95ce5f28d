// Swagger UI has a dark style, and leaves it to the page when to use it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What it shows as curl has the token in it, which others may see who look at the screen.
const withoutCurl = { components: { curl: () => null, RequestSnippets: () => null } };

const read = async (path) => {
  const response = await fetch(path, { credentials: "omit" });
  return response.ok ? response.json() : undefined;
};

// A server without a catalog (RFC 9727) has its API in the usual place.
const basePath = async () => {
  const catalog = await read("/.well-known/api-catalog").catch(() => undefined);
  const anchor = catalog?.linkset?.[0]?.anchor;
  return anchor === undefined ? "/api" : new URL(anchor).pathname.replace(/\/v1\/$/, "");
};

// The page's own copy of the document: the one that the API itself has needs a token.
const [spec, base] = await Promise.all([read("/static/docs/openapi.json"), basePath()]);
spec.paths = Object.fromEntries(
  Object.entries(spec.paths).map(([path, item]) => [path.replace(/^\/api(?=\/)/, base), item]),
);

SwaggerUIBundle({
  spec,
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
