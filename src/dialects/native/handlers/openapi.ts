import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";

/** The document as it was written when the Worker was built; assets look at the path alone. */
const file = "https://assets.invalid/static/docs/openapi.json";

/**
 * getOpenApi is `GET /openapi.json`: what can be asked for here, as OpenAPI 3.1. It is built with
 * the page that shows it (src/local/build/docs.ts): built here, it would cost each start of a Worker and
 * more time of its first request than some plans allow.
 */
export const getOpenApi: Handler = async ({ env, origin }) => {
  const found = await env.ASSETS.fetch(file);
  if (!found.ok) throw new Error(`The assets answer ${found.status} for the OpenAPI document`);
  const document = await found.json<object>();
  // A copy that somebody keeps still says where it is from.
  return json(JSON.stringify({ ...document, servers: [{ url: origin }] }));
};
