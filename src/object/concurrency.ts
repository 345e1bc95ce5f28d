import { findWork } from "../kinds/index.ts";
import { configOf } from "./environment.ts";
import type { QueueName } from "./queues.ts";

/**
 * concurrencyOf answers how many attempts of a kind one object has under way at once: for kinds in
 * the code their own `maxConcurrent`, for others what EXTERNAL_KINDS says; without, no limit.
 */
export function concurrencyOf(env: Cloudflare.Env, { kind, external }: QueueName): number {
  if (!external) return findWork(kind)?.maxConcurrent ?? Number.POSITIVE_INFINITY;
  const found = configOf(env);
  const kinds = "config" in found ? found.config.externalKinds : {};
  const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return of?.maxConcurrent ?? Number.POSITIVE_INFINITY;
}
