import type { DocumentWrite } from "../../core/document.ts";
import { maxLogText } from "../../core/log-line.ts";
import type { CreateCommand } from "../../core/reply.ts";
import type { WorkEnd, WorkReport } from "../../core/work.ts";
import { lacks, type OperationsStub, objectOf } from "../../object/address.ts";
import type { Listener } from "../../object/calls.ts";
import type { Joinable } from "../../object/operations-object.ts";
import type { TenantPlace } from "../place.ts";
import { goesAnywhere } from "./anywhere.ts";
import type { Call, Caller } from "./call.ts";
import { joined } from "./joined.ts";
import { queuesOf } from "./queues.ts";

type Args<M extends Joinable> = Parameters<OperationsStub[M]>;
type Returned<M extends Joinable> = ReturnType<OperationsStub[M]>;
type Weight = Omit<Call<unknown>, "args" | "to">;

const small: Weight = { size: 0, isSafe: false, lingers: false };
const read: Weight = { ...small, isSafe: true };

/** JoinedObject is one shard's object, whose calls are combined with those of concurrent requests. */
export class JoinedObject implements Pick<OperationsStub, Joinable> {
  readonly #place: TenantPlace;
  readonly #shard: number;

  constructor(place: TenantPlace, shard: number) {
    this.#place = place;
    this.#shard = shard;
  }

  read(id: string): Returned<"read"> {
    return this.#join("read", [id], read);
  }

  create(command: CreateCommand, linger = 0): Returned<"create"> {
    return this.#join("create", [command, linger], weightOf(this.#place, command, linger));
  }

  createWrite(command: CreateCommand, write: DocumentWrite, linger = 0): Returned<"createWrite"> {
    return this.#join(
      "createWrite",
      [command, write, linger],
      weightOf(this.#place, command, linger),
    );
  }

  cancel(id: string, ifVersion?: number, force = false): Returned<"cancel"> {
    return this.#join("cancel", force ? [id, ifVersion, force] : [id, ifVersion], small);
  }

  report(id: string, report: WorkReport): Returned<"report"> {
    const size = report.log ? maxLogText : 0;
    return this.#join("report", [id, report], { ...small, size });
  }

  end(id: string, end: WorkEnd): Returned<"end"> {
    const size = "result" in end ? end.result.length : 0;
    return this.#join("end", [id, end], { ...small, size });
  }

  #join<M extends Joinable>(method: M, args: Args<M>, weight: Weight): Returned<M> {
    const caller = new ObjectCaller<M>(this.#place, this.#shard, method);
    const queue = queueOf(method, weight);
    return joined(this.#place, queue, { ...weight, args, to: this.#shard }, caller) as Returned<M>;
  }
}

/** ObjectCaller makes the calls of one method to an object, with the stubs of one request. */
class ObjectCaller<M extends Joinable> implements Caller<Args<M>> {
  readonly #place: TenantPlace;
  readonly #shard: number;
  readonly #method: M;

  constructor(place: TenantPlace, shard: number, method: M) {
    this.#place = place;
    this.#shard = shard;
    this.#method = method;
  }

  alone(args: Args<M>): Promise<unknown> {
    const call = this.#stub()[this.#method] as (...args: readonly unknown[]) => Promise<unknown>;
    return call(...args);
  }

  together(calls: readonly Args<M>[], listener: Listener | undefined) {
    return this.#stub().callMany(this.#method, calls, listener);
  }

  isRefused(thrown: unknown): boolean {
    return lacks(thrown, "callMany");
  }

  keep(promise: Promise<unknown>): void {
    this.#place.keep(promise);
  }

  #stub(): OperationsStub {
    return objectOf(this.#place, this.#place.tenant, this.#shard);
  }
}

function weightOf(
  place: TenantPlace,
  command: Omit<CreateCommand, "shard">,
  linger: number,
): Weight {
  const { input, metadata = "", idempotency } = command;
  return {
    size: input.length + metadata.length,
    isSafe: idempotency !== undefined,
    isAnywhere: goesAnywhere(place, command),
    lingers: linger > 0,
  };
}

/** queueOf returns the name of a method's queue: calls that linger have one of their own. */
function queueOf(method: Joinable, { lingers }: Weight): string {
  return lingers ? `${method}*` : method;
}

/**
 * sharedByCreates returns the shard to which a create should go, so that under load those that come together travel
 * together. It returns undefined if there is no load, or if it should not go with others.
 *
 * @param linger how long the create waits for the end of its operation, in milliseconds
 */
export function sharedByCreates(
  place: TenantPlace,
  command: Omit<CreateCommand, "shard">,
  linger: number,
): number | undefined {
  const { joins, env, tenant, config } = place;
  const weight = joins ? weightOf(place, command, linger) : undefined;
  if (!weight?.isAnywhere) return undefined;
  const queue = `${queueOf("create", weight)} ${tenant}`;
  return queuesOf(env).shared(queue, config.createShards, weight.size);
}
