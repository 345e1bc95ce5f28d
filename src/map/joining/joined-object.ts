import type { CreateCommand } from "../../core/reply.ts";
import { objectName } from "../../core/shard.ts";
import type { WorkEnd } from "../../core/work.ts";
import { lacks, type OperationsStub, objectOf } from "../../object/address.ts";
import type { Joinable } from "../../object/operations-object.ts";
import type { TenantPlace } from "../place.ts";
import { type Call, type Caller, CallQueue } from "./call-queue.ts";

type Args<M extends Joinable> = Parameters<OperationsStub[M]>;

/** JoinedObject is one shard's object, where calls that come together travel together. */
export type JoinedObject = Pick<OperationsStub, Joinable>;

/** joinedObject returns the object of one shard, whose calls join those of other requests. */
export function joinedObject(place: TenantPlace, shard: number): JoinedObject {
  const { tenant, env } = place;
  const name = objectName(tenant, shard);
  const stub = () => objectOf(place, tenant, shard);
  const join = <M extends Joinable>(method: M, call: Call<Args<M>>) => {
    const alone = (args: Args<M>) =>
      (stub()[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    if (!place.joins) return alone(call.args);
    return joinIn(queuesOf(env), `${method}${call.lingers ? "*" : ""} ${name}`, call, {
      alone,
      together: (calls, listener) => stub().callMany(method, calls, listener),
      isRefused: (thrown) => lacks(thrown, "callMany"),
      keep: place.keep,
    });
  };
  return {
    create: (command, linger = 0) =>
      join("create", { args: [command, linger], ...ofCreate(command, linger) }),
    createWrite: (command, write, linger = 0) =>
      join("createWrite", { args: [command, write, linger], ...ofCreate(command, linger) }),
    read: (id) => join("read", { args: [id], ...small, isSafe: true }),
    cancel: (...args) => join("cancel", { args, ...small }),
    report: (...args) => join("report", { args, ...small }),
    end: (id, end) => join("end", { args: [id, end], ...small, size: sizeOf(end) }),
  } as JoinedObject;
}

const small = { size: 0, isSafe: false, lingers: false };

function ofCreate({ input, metadata = "", idempotency }: CreateCommand, linger: number) {
  const size = input.length + metadata.length;
  return { size, isSafe: idempotency !== undefined, lingers: linger > 0 };
}

function sizeOf(end: WorkEnd): number {
  if (!("result" in end)) return 0;
  return end.result.length;
}

type Queues = Map<string, CallQueue<unknown>>;

/** The queues of this isolate, by the bindings that their objects are reached by. */
const all = new WeakMap<object, Queues>();

function queuesOf(env: object): Queues {
  const known = all.get(env);
  if (known) return known;
  const made: Queues = new Map();
  all.set(env, made);
  return made;
}

async function joinIn<A>(queues: Queues, name: string, call: Call<A>, caller: Caller<A>) {
  const queue = (queues.get(name) ?? new CallQueue<unknown>()) as CallQueue<A>;
  queues.set(name, queue as CallQueue<unknown>);
  try {
    return await queue.call(call, caller);
  } finally {
    if (queue.isIdle && queues.get(name) === (queue as CallQueue<unknown>)) queues.delete(name);
  }
}
