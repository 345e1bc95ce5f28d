import { type Failure, invalid } from "../core/errors.ts";
import { parseId } from "../core/id.ts";
import { canonical } from "../core/json.ts";
import { isTerminal } from "../core/operation.ts";
import type { Reply } from "../core/reply.ts";
import { homes } from "../core/shard.ts";
import { findKind } from "../kinds/index.ts";
import { objectOf } from "../object/address.ts";
import type { Created } from "../object/operations-object.ts";
import { fieldErrors } from "../protocols/field-errors.ts";
import { type CreateFields, kindNotFound } from "../protocols/native/create-request.ts";
import type { Caller, Exchange } from "./exchange.ts";
import { waitFor } from "./wait-for.ts";
import type { WaitPreference } from "./wait-preference.ts";

/**
 * linger is how long, in milliseconds, the object itself holds the answer of a create that waits:
 * work that ends within it needs no socket. The object is awake for the work anyway.
 */
const linger = 1_000;

/**
 * create makes an operation and waits for it as long as was asked.
 *
 * @param asked what the client sent, before the configuration filled it up: a request repeated
 *   with its idempotency key is the same request, also after a deploy that changed a default
 */
export async function create(
  exchange: Exchange & { caller: Caller },
  fields: CreateFields,
  preference: WaitPreference | undefined,
  asked: unknown,
): Promise<Reply<Created>> {
  const { env, config, caller, request } = exchange;
  const input = checkInput(exchange, fields);
  if ("error" in input) return input;
  const key = idempotencyKey(request.headers);
  if (typeof key === "object") return { error: key };

  const places = key === undefined ? [randomShard(config.shards)] : homes(key, config.shards);
  const shard = places.at(-1) ?? 0;
  const { input: _, ...rest } = fields;
  const command = { ...rest, shard, input: input.text };
  const stub = objectOf(env, config, caller.tenant, shard);
  const milliseconds = preference?.milliseconds ?? 0;
  const started = Date.now();

  let reply: Reply<Created>;
  if (key === undefined) reply = await stub.create(command, Math.min(milliseconds, linger));
  else {
    const idempotency = { key, fingerprint: await fingerprintOf(asked) };
    const earlier = places
      .slice(0, -1)
      .map((home) => objectOf(env, config, caller.tenant, home).find(key, idempotency.fingerprint));
    const made = (await Promise.all(earlier)).find((found) => found !== undefined);
    reply =
      made ?? (await stub.create({ ...command, idempotency }, Math.min(milliseconds, linger)));
  }

  const left = milliseconds - (Date.now() - started);
  if (reply.error || isTerminal(reply.op) || left <= 0) return reply;
  const { id } = reply.op;
  // An operation that an idempotency key made earlier can live in another object.
  const maker = objectOf(env, config, caller.tenant, parseId(id)?.shard ?? shard);
  const waited = await waitFor(maker, { id, milliseconds: left, signal: request.signal });
  // The operation is on disk whatever became of the wait.
  return waited.error ? reply : { ...reply, ...waited };
}

/** The input as JSON text, empty where there is none, held against its kind's schema. */
function checkInput(
  { config }: Exchange,
  { kind: name, input }: CreateFields,
): { readonly text: string } | { readonly error: Failure } {
  const kind = findKind(name);
  if (!kind) return { error: kindNotFound(name) };
  const parsed = kind.input.safeParse(input);
  if (!parsed.success) return { error: invalid(fieldErrors(parsed.error.issues, ["input"])) };
  const wrong = kind.check(parsed.data, config);
  if (wrong) return { error: invalid([{ ...wrong, path: `input.${wrong.path}` }]) };
  return { text: input === undefined ? "" : JSON.stringify(input) };
}

/**
 * The key that makes a create safe to repeat: `Idempotency-Key` (the IETF draft of that name), or
 * `Operation-Id`, its Azure sibling.
 */
function idempotencyKey(headers: Headers): string | Failure | undefined {
  for (const name of ["Idempotency-Key", "Operation-Id"]) {
    const key = headers.get(name);
    if (key === null) continue;
    if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
    return invalid([{ path: name, message: "want 1 to 255 printable characters" }]);
  }
  return undefined;
}

/** What makes two requests the same: everything that was asked, in whatever order it was written. */
async function fingerprintOf(asked: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(asked));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}

function randomShard(shards: number): number {
  return shards === 1 ? 0 : Math.floor(Math.random() * shards);
}
