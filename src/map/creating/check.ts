import { formatDuration } from "../../base/duration.ts";
import { externalRetry } from "../../config/external-kinds.ts";
import type { Retention } from "../../config/retention.ts";
import { type Failure, failure, invalid, quote } from "../../core/errors.ts";
import { jsonText } from "../../core/json/json.ts";
import { wrongNumbers } from "../../core/json/wrong-numbers.ts";
import { defaultPriority } from "../../core/limits.ts";
import { defaultWaitDeadline } from "../../core/operation/wait.ts";
import type { CreateCommand } from "../../core/reply.ts";
import { once } from "../../core/retry.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { Kind } from "../../kinds/kind.ts";
import { check as checkInput } from "../../kinds/schema.ts";
import type { TenantPlace } from "../place.ts";
import type { NewOperation } from "./new-operation.ts";
import { checkWebhook } from "./webhook.ts";

/** Command is a CreateCommand that has no shard yet. */
export type Command = Omit<CreateCommand, "shard">;

/** Checked is a command, and how often its work reports progress. */
export interface Checked {
  readonly command: Command;
  readonly reports: number;
}

type Refused = { readonly error: Failure };

/** check returns the command of a NewOperation, checked against its kind's schema. */
export async function check(
  place: TenantPlace,
  { webhook: url, webhookFormat: format, ...asked }: NewOperation,
): Promise<(Checked & { readonly error?: never }) | Refused> {
  const work = await checkWork(place, asked);
  if (work.error || url === undefined) return work;
  const webhook = checkWebhook(place, url, format);
  if (!webhook.ok) {
    return { error: invalid([{ path: "webhook", message: webhook.failure }]) };
  }
  return { ...work, command: { ...work.command, webhook: webhook.value } };
}

/** kindNotFound returns the Failure for a kind that this deployment does not have. */
export function kindNotFound(
  { deployment }: Pick<TenantPlace, "deployment">,
  kind: string,
): Failure {
  const list = `GET ${deployment.basePath}/v1/kinds lists them`;
  return failure("kind-not-found", `Cannot find kind ${quote(kind)}; ${list}`);
}

/** longestWait returns how long the waits of an operation may take together at most, in milliseconds. */
export function longestWait(
  { config }: Pick<TenantPlace, "config">,
  kind: Pick<Kind, "waitDeadline"> | undefined,
): number {
  return Math.max(config.maxDeadline, kind?.waitDeadline ?? defaultWaitDeadline);
}

/** longestTtl returns how long an operation of a kind may be kept at most, in milliseconds. */
export function longestTtl({ config }: Pick<TenantPlace, "config">, kind: string): number {
  const { maxTtl = config.maxTtl } = retentionOf(config, kind);
  return maxTtl;
}

function retentionOf({ retention }: TenantPlace["config"], kind: string): Retention {
  return Object.hasOwn(retention, kind) ? (retention[kind] ?? {}) : {};
}

/** Returns what does the work: a kind in code, or an outside worker, which takes any input. */
async function checkWork(
  place: TenantPlace,
  { input, exactInput = input, ...asked }: Omit<NewOperation, "webhook" | "webhookFormat">,
): Promise<(Checked & { readonly error?: never }) | Refused> {
  const { deployment, config } = place;
  const text = jsonText({ value: input, exact: exactInput }) ?? "";
  const kind = deployment.kinds.find(asked.kind);
  const isExternal = !kind && Object.hasOwn(config.externalKinds, asked.kind);
  const said = kind ?? (isExternal ? config.externalKinds[asked.kind] : undefined);
  const { deadline = config.defaultDeadline } = said ?? {};
  const { ttl = said?.ttl ?? config.defaultTtl } = retentionOf(config, asked.kind);
  const mostTtl = longestTtl(place, asked.kind);
  if (asked.ttl !== undefined && asked.ttl > mostTtl) {
    const message = `must be at most ${formatDuration(mostTtl)} for this kind (RETENTION)`;
    return { error: invalid([{ path: "ttl", message }]) };
  }
  const { priority = said?.priority ?? defaultPriority, ...given } = asked;
  const fields = {
    ...given,
    ...(place.trace && { trace: place.trace }),
    ...(priority !== defaultPriority && { priority }),
    input: text,
    ttl: asked.ttl ?? Math.min(ttl, mostTtl),
    deadline: asked.deadline ?? Math.min(deadline, config.maxDeadline),
  };
  if (!kind) {
    if (!isExternal) return { error: kindNotFound(place, asked.kind) };
    if (asked.waitDeadline !== undefined) {
      const message = "must be left out: work of outside workers does not wait here";
      return { error: invalid([{ path: "waitDeadline", message }]) };
    }
    const retry = asked.retry ?? said?.retry ?? externalRetry;
    return { command: { ...fields, retry, external: true }, reports: 0 };
  }
  const rounded = exactInput === input ? [] : wrongNumbers(exactInput, "input");
  if (rounded.length > 0) return { error: invalid(rounded) };
  const parsed = await checkInput(kind.input, input);
  if (parsed.issues) return { error: invalid(fieldErrors(parsed.issues, ["input"])) };
  const wrong = kind.check(parsed.value, config);
  if (wrong) return { error: invalid([{ ...wrong, path: `input.${wrong.path}` }]) };
  const upstream = kind.upstream?.(parsed.value);
  const retry = asked.retry ?? kind.retry ?? once;
  const interruptions = kind.interruptions(parsed.value, config);
  const { waitDeadline = kind.waitDeadline } = asked;
  const mostWait = longestWait(place, kind);
  if (
    asked.waitDeadline !== undefined &&
    !(asked.waitDeadline >= 1 && asked.waitDeadline <= mostWait)
  ) {
    const message = `must be a duration from 1ms to ${formatDuration(mostWait)}`;
    return { error: invalid([{ path: "waitDeadline", message }]) };
  }
  const waits = waitDeadline !== undefined && { waitDeadline };
  const command = { ...fields, retry, interruptions, ...waits, ...(upstream && { upstream }) };
  return { command, reports: kind.reports(parsed.value) };
}
