import { findWork } from "../kinds/index.ts";
import { configOf } from "./environment.ts";
import type { QueueName } from "./queues.ts";

/**
 * concurrencyOf answers how many attempts of a kind one object has under way at once: for kinds in
 * the code their own `maxConcurrent`, for others what EXTERNAL_KINDS says; without, no limit. Under
 * a bad configuration, or where this version of the code lacks the kind, no attempt could be made
 * here, and so none is begun: the work waits for another deploy, up to its deadline.
 */
export function concurrencyOf(env: Cloudflare.Env, { kind, external }: QueueName): number {
  const found = configOf(env);
  if (!external) {
    const work = "config" in found ? findWork(kind) : undefined;
    return work ? (work.maxConcurrent ?? Number.POSITIVE_INFINITY) : 0;
  }
  const kinds = "config" in found ? found.config.externalKinds : {};
  const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return of?.maxConcurrent ?? Number.POSITIVE_INFINITY;
}
