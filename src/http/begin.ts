import { Logger } from "../base/log.ts";
import { type Config, parseConfig } from "../core/config.ts";
import { failure } from "../core/errors.ts";
import { configOf } from "../object/environment.ts";
import type { Exchange } from "./exchange.ts";
import { problem } from "./problem.ts";

/** What is used of a configuration until a bad one is mended: nobody is let in with it. */
const closed: Config = (() => {
  const found = parseConfig({});
  if ("config" in found) return found.config;
  throw new Error("The defaults are not good");
})();

/** begin makes an exchange of a request. */
export function begin(request: Request, env: Cloudflare.Env, ctx: ExecutionContext): Exchange {
  const found = configOf(env);
  const config = "config" in found ? found.config : closed;
  const url = new URL(request.url);
  const requestId = requestIdOf(request.headers);
  return {
    request,
    url,
    env,
    ctx,
    config,
    requestId,
    started: Date.now(),
    origin: config.publicUrl ?? url.origin,
    log: new Logger("http/worker", config.verbosity, { request: requestId }),
    route: "unmatched",
    caller: undefined,
    panic: undefined,
  };
}

/** refuseBadConfig answers 503 while a value of the configuration is bad, and names it. */
export function refuseBadConfig(exchange: Exchange): Response | undefined {
  const found = configOf(exchange.env);
  if ("config" in found) return undefined;
  const names = [...new Set(found.problems.map(({ path }) => path))].join(", ");
  return problem(exchange, failure("unavailable", `The configuration is not good: ${names}`));
}

/** A client's own request id is kept where it is plain, so that its logs and ours can be joined. */
function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  if (given !== null && /^[\w.:-]{1,128}$/.test(given)) return given;
  return crypto.randomUUID();
}
