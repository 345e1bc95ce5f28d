import { dialectAt } from "../../../edge/dialect.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { assetsOf } from "../../../edge/pages.ts";
import { excerptText } from "../openapi/excerpt/excerpt-text.ts";
import { documentOf, type KindSchemas } from "../openapi/kinds.ts";

type Json = Readonly<Record<string, unknown>>;

/** The whole document; assets are looked up by path only. */
const file = "https://assets.invalid/static/docs/openapi.json";

/** Paths that every Worker serves, whatever its dialects. */
const always = new Set(["/api/healthz", "/problems/{code}"]);

/**
 * getOpenApi is `GET /openapi.json`: the API as OpenAPI 3.1, with the schemas of the deployment's kinds. The rest was
 * written when the package was built: writing it here would cost each start of a Worker more time than some plans
 * allow. With assets it has its descriptions and examples. Without, it is what createOperations was given as `openApi`,
 * or else an excerpt.
 */
export const getOpenApi: Handler = async (exchange) => {
  const { origin, pages, deployment, dialects } = exchange;
  const carried = deployment.openApi ?? excerptText;
  const written = (await wholeDocument(exchange)) ?? (JSON.parse(carried) as Json);
  const place = {
    origin,
    basePath: deployment.basePath,
    pages: pages.slice(origin.length),
    has: (path: string) => always.has(path) || dialectAt(dialects, path) !== undefined,
  };
  // A saved copy still says where it is from.
  return json(JSON.stringify(documentOf(written, kindsOf(exchange), place)));
};

async function wholeDocument({ env, log }: Asked): Promise<Json | undefined> {
  const assets = assetsOf(env);
  if (!assets) return undefined;
  const found = await assets.fetch(file);
  // The assets of a single-page application return their page for every path.
  const isJson = found.headers.get("content-type")?.startsWith("application/json");
  if (found.ok && isJson) return found.json<Json>();
  log.V(1)?.info("the assets have no OpenAPI document", { status: found.status });
  await found.body?.cancel();
  return undefined;
}

function kindsOf({ deployment, config }: Asked): KindSchemas[] {
  const here = deployment.kinds.all.map(([kind, { description, schemas }]) => ({
    kind,
    description,
    ...schemas,
  }));
  const elsewhere = Object.keys(config.externalKinds).map((kind) => ({
    kind,
    description: "Done by outside workers, which claim it.",
    input: {},
    output: {},
  }));
  return [...here, ...elsewhere].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}
