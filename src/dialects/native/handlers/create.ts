import { externalRetry } from "../../../config/external-kinds.ts";
import { type Failure, invalid } from "../../../core/errors.ts";
import type { AskedFor } from "../../../core/fingerprint.ts";
import { parseId } from "../../../core/id.ts";
import { jsonText } from "../../../core/json/json.ts";
import { wrongNumbers } from "../../../core/json/wrong-numbers.ts";
import { type Idempotency, isTerminal } from "../../../core/operation/operation.ts";
import type { CreateCommand, Reply } from "../../../core/reply.ts";
import { once } from "../../../core/retry.ts";
import type { Asked, Exchange } from "../../../edge/exchange.ts";
import { idempotencyKey, idempotencyOf } from "../../../edge/idempotency.ts";
import type { WaitPreference } from "../../../edge/wait-preference.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { check as checkInput } from "../../../kinds/schema.ts";
import { homeOf, madeBefore } from "../../../map/made-before.ts";
import { waitFor } from "../../../map/wait-for.ts";
import { objectOf } from "../../../object/address.ts";
import type { Created } from "../../../object/map/operations.ts";
import { decidedAt } from "../../../object/map/reservations.ts";
import { type CreateFields, kindNotFound, type OwnLimits } from "../create-request.ts";
import { checkWebhook } from "./webhook.ts";

/**
 * linger is how long, in milliseconds, the object itself holds the answer of a create that waits:
 * work that ends within it needs no socket. The object is awake for the work anyway.
 */
export const linger = 1_000;

/**
 * create makes an operation and waits for it as long as was asked.
 *
 * @param asked what the client sent, before the configuration filled it up: a request repeated
 *   with its idempotency key is the same request, also after a deploy that changed a default
 */
export async function create(
  exchange: Asked,
  fields: CreateFields,
  preference: WaitPreference | undefined,
  asked: AskedFor,
): Promise<Reply<Created>> {
  const { config, request } = exchange;
  const checked = await check(exchange, fields);
  if ("error" in checked) return checked;
  const key = idempotencyKey(request.headers);
  if (typeof key === "object") return { error: key };

  const milliseconds = preference?.milliseconds ?? 0;
  const started = Date.now();
  const reply =
    key === undefined
      ? await send(exchange, checked.command, randomShard(config.createShards), milliseconds)
      : await sendOnce(exchange, checked.command, await idempotencyOf(key, asked), milliseconds);

  return awaitEnd(exchange, reply, milliseconds - (Date.now() - started));
}

/** awaitEnd waits up to `left` milliseconds for the end of what a create made. */
export async function awaitEnd(
  { deployment, env, config, caller, request }: Asked,
  reply: Reply<Created>,
  left: number,
): Promise<Reply<Created>> {
  if (reply.error || isTerminal(reply.op) || left <= 0) return reply;
  const { id } = reply.op;
  // An operation that an idempotency key made earlier can live in another object.
  const maker = objectOf({ deployment, env, config }, caller.tenant, parseId(id)?.shard ?? 0);
  const waited = await waitFor(maker, { id, milliseconds: left, signal: request.signal });
  // The operation is on disk whatever became of the wait.
  return waited.error ? reply : { ...reply, ...waited };
}

type Command = Omit<CreateCommand, "shard">;

/** Checked is a command, and how often what it orders reports progress. */
export interface Checked {
  readonly command: Command;
  readonly reports: number;
}

/** ownLimits are how long operations of a kind may take and are kept, where the kind itself says so. */
export function ownLimits({ deployment, config }: Exchange): OwnLimits {
  return (name) => {
    const { ttl = config.defaultTtl, deadline = config.defaultDeadline } =
      deployment.kinds.find(name) ?? {};
    return {
      ttl: Math.min(ttl, config.maxTtl),
      deadline: Math.min(deadline, config.maxDeadline),
    };
  };
}

/** check answers the command that the fields make, held against the kind's schema. */
export async function check(
  exchange: Exchange,
  { webhook: asked, ...fields }: CreateFields,
): Promise<Checked | { readonly error: Failure }> {
  const work = await checkWork(exchange, fields);
  if ("error" in work) return work;
  const webhook = checkWebhook(exchange, asked);
  if (webhook && "wrong" in webhook) {
    return { error: invalid([{ path: "webhook", message: webhook.wrong }]) };
  }
  return webhook ? { ...work, command: { ...work.command, webhook } } : work;
}

/** What is to be done: by a kind in the code, or by a worker elsewhere, which takes any input. */
async function checkWork(
  { deployment, config }: Exchange,
  { input, exactInput = input, ...fields }: Omit<CreateFields, "webhook">,
): Promise<Checked | { readonly error: Failure }> {
  const text = jsonText({ value: input, exact: exactInput }) ?? "";
  const kind = deployment.kinds.find(fields.kind);
  if (!kind) {
    const isExternal = Object.hasOwn(config.externalKinds, fields.kind);
    if (!isExternal) return { error: kindNotFound(fields.kind) };
    const retry = fields.retry ?? externalRetry;
    return { command: { ...fields, input: text, retry, external: true }, reports: 0 };
  }
  const rounded = exactInput === input ? [] : wrongNumbers(exactInput, "input");
  if (rounded.length > 0) return { error: invalid(rounded) };
  const parsed = await checkInput(kind.input, input);
  if (parsed.issues) return { error: invalid(fieldErrors(parsed.issues, ["input"])) };
  const wrong = kind.check(parsed.value, config);
  if (wrong) return { error: invalid([{ ...wrong, path: `input.${wrong.path}` }]) };
  const upstream = kind.upstream?.(parsed.value);
  const retry = fields.retry ?? kind.retry ?? once;
  const command = { ...fields, input: text, retry, ...(upstream && { upstream }) };
  return { command, reports: kind.reports(parsed.value) };
}

function send(
  { deployment, env, config, caller }: Asked,
  command: Command,
  shard: number,
  milliseconds: number,
): Promise<Reply<Created>> {
  const stub = objectOf({ deployment, env, config }, caller.tenant, shard);
  return stub.create({ ...command, shard }, Math.min(milliseconds, linger));
}

async function sendOnce(
  exchange: Asked,
  command: Command,
  idempotency: Idempotency,
  milliseconds: number,
): Promise<Reply<Created>> {
  const [made] = await madeBefore(exchange, [idempotency]);
  if (made) return made;
  for (let shard = homeOf(idempotency.key, exchange.config); ; ) {
    const reply = await send(exchange, { ...command, idempotency }, shard, milliseconds);
    const older = decidedAt(reply, shard);
    if (older === undefined) return reply;
    shard = older;
  }
}

/** randomShard answers where a create goes that has no key. */
export function randomShard(shards: number): number {
  return shards === 1 ? 0 : Math.floor(Math.random() * shards);
}
