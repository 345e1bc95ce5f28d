import { stackOf } from "../../../base/log.ts";
import { type Failure, invalid } from "../../../core/errors.ts";
import { maxBatchReports } from "../../../core/limits.ts";
import type { CreateCommand, Reply } from "../../../core/reply.ts";
import { readJson } from "../../../edge/body.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { idempotencyOf, keyHeader } from "../../../edge/idempotency.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { byShard, unreachable } from "../../../map/by-shard.ts";
import { homeOf, madeBefore } from "../../../map/made-before.ts";
import type { Created } from "../../../object/map/operations.ts";
import { decidedAt } from "../../../object/map/reservations.ts";
import { encodeMonitor } from "../../../object/wire/monitor.ts";
import { type BatchEntry, decodeBatchCreate, inEntry } from "../batch-create-request.ts";
import { seen } from "./answers.ts";
import { type Checked, check, ownLimits, randomShard } from "./create.ts";

/**
 * batchCreateOperations is `POST /operations:batchCreate`: each entry made or refused by itself,
 * answered in its place, in one commit per object.
 *
 * A key in a header is refused, not spread over the entries: a batch sent again with one entry more
 * would then be half a replay and half new, where the same key with another request has to be
 * refused as a whole. A key in each entry has none of that.
 */
export const batchCreateOperations: Handler = async (exchange) => {
  const { request, config, base } = exchange;
  const header = keyHeader(request.headers);
  if (header !== undefined) {
    const message = "want an idempotencyKey in each entry instead";
    return problem(exchange, invalid([{ path: header, message }]));
  }
  const body = await readJson(request, config.maxBody);
  if ("error" in body) return problem(exchange, body.error);
  const decoded = decodeBatchCreate(body, config, ownLimits(exchange));
  if ("error" in decoded) return problem(exchange, decoded.error);
  const prepared = await Promise.all(
    decoded.entries.map((entry, index) => prepare(exchange, entry, index)),
  );
  const bounded = withinReports(prepared);
  const operations = (await createAll(exchange, bounded)).map((reply) => {
    if (!reply.error) return encodeMonitor(reply.replayed ? seen(exchange, reply) : reply, base);
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
): Promise<Reply<Checked>> {
  if ("code" in entry) return { error: entry };
  const checked = await check(exchange, entry.fields);
  if ("error" in checked) return { error: inEntry(index, checked.error) };
  const { key, asked } = entry;
  if (key === undefined) return checked;
  const idempotency = await idempotencyOf(key, { former: asked.value, meaning: asked.exact });
  return { ...checked, command: { ...checked.command, idempotency } };
}

/** One request must not order writes without bound: entries past it are refused. */
function withinReports(prepared: readonly Reply<Checked>[]): Reply<Checked>[] {
  let reports = 0;
  return prepared.map((entry, index) => {
    if (entry.error || reports + entry.reports <= maxBatchReports) {
      reports += entry.error ? 0 : entry.reports;
      return entry;
    }
    const message = `with the entries before it this orders more than ${maxBatchReports} reports of progress`;
    return { error: invalid([{ path: `operations[${index}].input`, message }]) };
  });
}

/** Makes what can be made, and answers each in its place. */
async function createAll(
  exchange: Asked,
  prepared: readonly Reply<{ command: Command }>[],
): Promise<Reply<Created>[]> {
  const { config } = exchange;
  const keys = prepared.flatMap((entry) => (entry.error ? [] : (entry.command.idempotency ?? [])));
  const before = await madeBefore(exchange, keys);
  const made = new Map(keys.map((key, index) => [key, before[index]]));

  // What has no key goes to one object together, so that it shares one commit.
  const anywhere = randomShard(config.createShards);
  const toMake: CreateCommand[] = [];
  const known = prepared.map((entry): Reply<Created> | CreateCommand => {
    if (entry.error) return entry;
    const { idempotency } = entry.command;
    const reply = idempotency && made.get(idempotency);
    if (reply) return reply;
    const shard = idempotency ? homeOf(idempotency.key, config) : anywhere;
    const command = { ...entry.command, shard };
    toMake.push(command);
    return command;
  });
  const replies = await createByShard(exchange, toMake);
  return known.map((entry) => ("shard" in entry ? (replies.get(entry) ?? unreachable) : entry));
}

/** One call for each object; then again for what another object decides. */
async function createByShard(
  exchange: Asked,
  commands: readonly CreateCommand[],
): Promise<Map<CreateCommand, Reply<Created>>> {
  const replies = await byShard(
    exchange,
    commands,
    ({ shard }) => shard,
    (stub, own) => stub.createMany(own),
  );
  const further = new Map<CreateCommand, CreateCommand>();
  for (const [command, reply] of replies) {
    const shard = decidedAt(reply, command.shard);
    if (shard !== undefined) further.set(command, { ...command, shard });
  }
  if (further.size > 0) {
    // What was made before is told, whatever becomes of these.
    const decided = await createByShard(exchange, [...further.values()]).catch((thrown) => {
      exchange.log.error("part of a request failed", { stack: stackOf(thrown) });
      return new Map<CreateCommand, Reply<Created>>();
    });
    for (const [command, sent] of further) replies.set(command, decided.get(sent) ?? unreachable);
  }
  return replies;
}
