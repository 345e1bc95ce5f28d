import { errors, failure } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import { json } from "./json.ts";
import { problem } from "./problem.ts";

/** healthz is `GET /api/healthz`: it says that this Worker runs, and checks nothing else. */
export function healthz(): Response {
  return json('{"status":"ok"}');
}

/** apiCatalog returns where the API is, which the page asks first. Source: RFC 9727; RFC 9264, 4.2. */
export function apiCatalog({ base }: Exchange): Response {
  const anchor = `${base}/v1/`;
  const links = { anchor, "service-desc": [{ href: `${anchor}openapi.json` }] };
  return json(JSON.stringify({ linkset: [links] }), 200, {
    "content-type": "application/linkset+json",
  });
}

/** toFirstPage is `GET /`. The Location is a path, so that no Host header can lead elsewhere. */
export function toFirstPage(): Response {
  return new Response(null, { status: 302, headers: { location: "/static/" } });
}

/** staticFile is everything under `/static/`, if the Worker receives these requests at all and has assets. */
export function staticFile(exchange: Exchange): Promise<Response> | undefined {
  exchange.route = "/static/*";
  return assetsOf(exchange.env)?.fetch(exchange.request);
}

/** assetsOf returns the binding of the assets: a Worker may have none, or a bucket with that name. */
export function assetsOf(env: Cloudflare.Env): Fetcher | undefined {
  const assets = env.ASSETS as Partial<Fetcher> | undefined;
  return typeof assets?.fetch === "function" ? env.ASSETS : undefined;
}

/** problemPage is `GET …/problems/{code}`: the page that the `type` of a problem links to. */
export function problemPage(exchange: Exchange): Response {
  const code = exchange.url.pathname.replace(/^.*?\/problems\//, "");
  if (!isCode(code))
    return problem(exchange, failure("not-found", "There is no such problem type"));
  const { status, title } = errors[code];
  return json(JSON.stringify({ code, status, title }));
}

function isCode(code: string): code is keyof typeof errors {
  return Object.hasOwn(errors, code);
}
