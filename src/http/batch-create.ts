import { stackOf } from "../base/log.ts";
import { type Failure, failure, invalid } from "../core/errors.ts";
import type { CreateCommand, Reply } from "../core/reply.ts";
import { homes } from "../core/shard.ts";
import { objectOf } from "../object/address.ts";
import type { Created } from "../object/operations.ts";
import {
  type BatchEntry,
  decodeBatchCreate,
  inEntry,
} from "../protocols/native/batch-create-request.ts";
import { encodeMonitor } from "../protocols/native/monitor.ts";
import { json, seen } from "./answers.ts";
import { readJson } from "./body.ts";
import { check, randomShard } from "./create.ts";
import type { Asked, Handler } from "./exchange.ts";
import { idempotencyOf, keyHeader } from "./idempotency.ts";
import { madeBefore } from "./made-before.ts";
import { problem } from "./problem.ts";

/**
 * batchCreateOperations is `POST /operations:batchCreate`: each entry made or refused by itself,
 * answered in its place, in one commit per object.
 *
 * A key in a header is refused, not spread over the entries: a batch sent again with one entry more
 * would then be half a replay and half new, where the same key with another request has to be
 * refused as a whole. A key in each entry has none of that.
 */
export const batchCreateOperations: Handler = async (exchange) => {
  const { request, config, origin } = exchange;
  const header = keyHeader(request.headers);
  if (header !== undefined) {
    const message = "want an idempotencyKey in each entry instead";
    return problem(exchange, invalid([{ path: header, message }]));
  }
  const body = await readJson(request, config.maxBody);
  if ("error" in body) return problem(exchange, body.error);
  const decoded = decodeBatchCreate(body, config);
  if ("error" in decoded) return problem(exchange, decoded.error);
  const prepared = await Promise.all(
    decoded.entries.map((entry, index) => prepare(exchange, entry, index)),
  );
  const operations = (await createAll(exchange, prepared)).map((reply) => {
    if (!reply.error) return encodeMonitor(reply.replayed ? seen(exchange, reply) : reply, origin);
    const { code, message, errors } = reply.error;
    return JSON.stringify({ error: { code, message, errors } });
  });
  return json(`{"operations":[${operations.join(",")}]}`);
};

type Command = Omit<CreateCommand, "shard">;

/** The command of an entry, or what is wrong with it. */
async function prepare(
  exchange: Asked,
  entry: BatchEntry | Failure,
  index: number,
): Promise<Reply<{ command: Command }>> {
  if ("code" in entry) return { error: entry };
  const checked = check(exchange, entry.fields);
  if ("error" in checked) return { error: inEntry(index, checked.error) };
  const { key, asked } = entry;
  if (key === undefined) return checked;
  const idempotency = await idempotencyOf(key, { former: asked.value, meaning: asked.exact });
  return { command: { ...checked.command, idempotency } };
}

/** Makes what can be made, and answers each in its place. */
async function createAll(
  exchange: Asked,
  prepared: readonly Reply<{ command: Command }>[],
): Promise<Reply<Created>[]> {
  const { shards } = exchange.config;
  const keys = prepared.flatMap((entry) => (entry.error ? [] : (entry.command.idempotency ?? [])));
  const before = await madeBefore(exchange, keys);
  const made = new Map(keys.map((key, index) => [key, before[index]]));

  // What has no key goes to one object together, so that it shares one commit.
  const anywhere = randomShard(shards);
  const toMake: { command: CreateCommand; index: number }[] = [];
  const replies = prepared.map((entry, index): Reply<Created> | undefined => {
    if (entry.error) return entry;
    const { command } = entry;
    const { idempotency } = command;
    const known = idempotency && made.get(idempotency);
    if (known) return known;
    const shard = idempotency ? homes(idempotency.key, shards).at(-1) : anywhere;
    toMake.push({ command: { ...command, shard: shard ?? 0 }, index });
    return undefined;
  });
  for (const [index, reply] of await createByShard(exchange, toMake)) replies[index] = reply;
  return replies.map((reply) => reply ?? { error: unreachable });
}

const unreachable = failure("unavailable", "The operations are not reachable right now");

/** One call for each object. One that fails fails its own entries, unless there is no other. */
async function createByShard(
  { env, config, caller, log }: Asked,
  toMake: readonly { readonly command: CreateCommand; readonly index: number }[],
): Promise<Map<number, Reply<Created>>> {
  const groups = [...Map.groupBy(toMake, ({ command }) => command.shard)];
  const settled = await Promise.allSettled(
    groups.map(([shard, group]) =>
      objectOf(env, config, caller.tenant, shard).createMany(group.map(({ command }) => command)),
    ),
  );
  const replies = new Map<number, Reply<Created>>();
  for (const [place, result] of settled.entries()) {
    const [shard, group] = groups[place] ?? [0, []];
    if (result.status === "rejected") {
      if (groups.length === 1) throw result.reason;
      log.error("part of a batch failed", { shard, stack: stackOf(result.reason) });
      continue;
    }
    for (const [at, reply] of result.value.entries()) replies.set(group[at]?.index ?? -1, reply);
  }
  return replies;
}
