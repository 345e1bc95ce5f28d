import type { Deployment } from "../deployment.ts";
import type { Places, QueueName } from "./queues.ts";

/**
 * concurrencyOf answers how many attempts of a kind one object has under way at once: for kinds in
 * the code their own `maxConcurrent`, at most MAX_CONCURRENT, for others what EXTERNAL_KINDS says, or
 * no limit. Under
 * a bad configuration, or where this version of the code lacks the kind, no attempt could be made
 * here, and so none is begun: the work waits for another deploy, up to its deadline.
 */
export function concurrencyOf(
  deployment: Deployment,
  env: Cloudflare.Env,
  { kind, external }: QueueName,
): number {
  const found = deployment.configOf(env);
  if (!external) {
    const work = deployment.kinds.findWork(kind);
    if (!work || !("config" in found)) return 0;
    return Math.min(work.maxConcurrent ?? Number.POSITIVE_INFINITY, found.config.maxConcurrent);
  }
  const kinds = "config" in found ? found.config.externalKinds : {};
  const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return of?.maxConcurrent ?? Number.POSITIVE_INFINITY;
}

/**
 * placesOf are the MAX_CONCURRENT places that the kinds in the code share in one object. Internal
 * kinds hold none: what they do is short, and must not wait for what clients have asked for; each
 * has as many for itself.
 */
export function placesOf(deployment: Deployment, env: Cloudflare.Env): Places {
  return {
    isShared: ({ kind, external }) => !external && deployment.kinds.find(kind) !== undefined,
    get size() {
      const found = deployment.configOf(env);
      return "config" in found ? found.config.maxConcurrent : 0;
    },
  };
}
