import type { Deployment } from "../../runner/deployment.ts";
import type { Places, QueueName } from "./queues.ts";

/**
 * concurrencyOf returns how many attempts of a kind one object runs at once: for kinds in code their own
 * `maxConcurrent`, at most MAX_CONCURRENT; for others what EXTERNAL_KINDS says, or no limit. It is 0 if the
 * configuration is invalid, or if this version of the code lacks the kind: the work waits for the next deploy, until
 * its deadline.
 */
export function concurrencyOf(
  deployment: Deployment,
  env: Cloudflare.Env,
  { kind, external }: QueueName,
): number {
  const found = deployment.configOf(env);
  if (!external) {
    const work = deployment.kinds.findWork(kind);
    if (!work || !found.ok) return 0;
    return Math.min(work.maxConcurrent ?? Number.POSITIVE_INFINITY, found.value.maxConcurrent);
  }
  const kinds = found.ok ? found.value.externalKinds : {};
  const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return of?.maxConcurrent ?? Number.POSITIVE_INFINITY;
}

/** roomFor returns how many attempts of a kind one object runs at once at most, given the upstream that they request. */
export function roomFor(deployment: Deployment, env: Cloudflare.Env, of: QueueName): number {
  const upstreams = limitedUpstreams(deployment, env).filter(
    ([name]) => name === of.upstream?.name,
  );
  const limits = upstreams.map(([, maxConcurrent]) => maxConcurrent);
  return Math.min(concurrencyOf(deployment, env, of), ...limits);
}

/**
 * placesOf returns what queues share in one object besides the limits of kinds: the MAX_CONCURRENT places of the kinds
 * in code, and how many attempts each upstream with `maxConcurrent` takes at once. Internal kinds take none of these
 * places: they are short, must not wait for clients' work, and have as many places for themselves.
 */
export function placesOf(deployment: Deployment, env: Cloudflare.Env): readonly Places[] {
  const found = deployment.configOf(env);
  const inCode = {
    isShared: ({ kind, external }: QueueName) =>
      !external && deployment.kinds.find(kind) !== undefined,
    size: found.ok ? found.value.maxConcurrent : 0,
  };
  return [inCode, ...limitedUpstreams(deployment, env).map(placesOfUpstream)];
}

/** limitedKinds returns the kinds whose operations may be bounded by their upstreams. */
export function limitedKinds(deployment: Deployment, env: Cloudflare.Env): readonly string[] {
  if (limitedUpstreams(deployment, env).length === 0) return [];
  return deployment.kinds.all.flatMap(([name, kind]) => (kind.upstream ? [name] : []));
}

type Limited = readonly [upstream: string, maxConcurrent: number];

function limitedUpstreams(deployment: Deployment, env: Cloudflare.Env): Limited[] {
  const found = deployment.configOf(env);
  const upstreams = found.ok ? found.value.upstreams : {};
  return Object.entries(upstreams).flatMap(([name, { maxConcurrent }]): Limited[] =>
    maxConcurrent === undefined ? [] : [[name, maxConcurrent]],
  );
}

function placesOfUpstream([upstream, size]: Limited): Places {
  const isShared = (name: QueueName) => !name.external && name.upstream?.name === upstream;
  return { size, upstream, isShared };
}
