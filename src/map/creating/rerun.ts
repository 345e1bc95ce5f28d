import { type Failure, failure, notFound } from "../../core/errors.ts";
import { type Json, parseJson } from "../../core/json/json.ts";
import { givenOf, isTerminal, type Operation } from "../../core/operation/operation.ts";
import { decode, type Reply } from "../../core/reply.ts";
import type { TenantPlace } from "../place.ts";
import type { Shards } from "../shards.ts";
import { type Checked, check, longestTtl, longestWait } from "./check.ts";
import type { Rerun } from "./new-operation.ts";

/** rerunOf returns the command that repeats the request of an operation, or why it cannot be repeated. */
export async function rerunOf(
  place: TenantPlace,
  shards: Shards,
  { id, input: other }: Rerun,
): Promise<Reply<Checked>> {
  const stub = shards.of(id);
  if (!stub) return { error: notFound(id) };
  const [read, stored] = await Promise.all([stub.read(id), other ?? stub.readInput(id)]);
  const reply = decode(read);
  if (reply.error) return reply;
  if ("error" in stored && stored.error) return stored;
  return againOf(place, reply.op, "input" in stored ? stored.input : stored);
}

/**
 * againOf returns the command that repeats the request of an operation: checked like a create, by the kind and against
 * today's limits. The start time is left out, since it has passed.
 *
 * @param input as JSON text, empty if there is none, or as a client sent it
 */
export async function againOf(
  place: TenantPlace,
  op: Operation,
  input: string | Json,
): Promise<Reply<Checked>> {
  if (!isTerminal(op)) return { error: active(op) };
  const { id, kind, ttl, retry, webhook, waitDeadline } = op;
  const { maxDeadline } = place.config;
  const { value, exact } = typeof input === "string" ? jsonOf(input) : input;
  const deadline = op.deadline ?? op.deadlineAt - op.createdAt;
  const mostWait = longestWait(place, place.deployment.kinds.find(kind));
  // Its webhook gets the same links as before.
  const { origin = place.origin } = webhook ?? {};
  return check(
    { ...place, origin },
    {
      kind,
      input: value,
      exactInput: exact,
      ...givenOf(op),
      rerunOf: id,
      ttl: Math.min(ttl, longestTtl(place, kind)),
      deadline: Math.min(deadline, maxDeadline),
      ...(waitDeadline !== undefined && { waitDeadline: Math.min(waitDeadline, mostWait) }),
      retry,
      ...(webhook && { webhook: webhook.url }),
      ...(webhook?.format && { webhookFormat: webhook.format }),
    },
  );
}

function active({ id, status }: Operation): Failure {
  return failure("operation-active", `Cannot rerun operation ${id} while it is ${status}`);
}

/** What is stored was parsed before; if it is not JSON, the kind refuses it as missing input. */
function jsonOf(text: string): Json {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : { value: undefined, exact: undefined };
}
