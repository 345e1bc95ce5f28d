import type { Result } from "../base/result.ts";
import type { Webhook } from "../core/delivery.ts";
import { type Failure, failure } from "../core/errors.ts";
import type { AskedWork, MoveOrder, Moves, MovingMap } from "../core/moving/moving.ts";
import { lacks } from "../object/address.ts";
import type { TenantMap } from "./tenant-map.ts";

/** midDeploy is the Failure of an export or import while objects have code that does not know it. */
export const midDeploy: Failure = failure(
  "unavailable",
  "Operations cannot be moved until the deployment in progress is complete; retry later",
);

/** MidDeploy is thrown for an object with older code. */
export class MidDeploy extends Error {}

/** TenantMoving is the part of a tenant's map that exports and imports use. */
export class TenantMoving implements MovingMap {
  readonly #map: Pick<TenantMap, "move" | "webhook" | "unstartable">;

  constructor(map: Pick<TenantMap, "move" | "webhook" | "unstartable">) {
    this.#map = map;
  }

  /** @throws MidDeploy for an object with older code */
  async ask<T extends MoveOrder["type"]>(
    shard: number,
    order: MoveOrder & { readonly type: T },
  ): Promise<Moves[T]> {
    const answer = await this.#map.move(shard, order).catch((thrown: unknown) => {
      throw lacks(thrown, "move") ? new MidDeploy(midDeploy.message) : thrown;
    });
    // Older code returns nothing for a request that it does not know; for rows, that means that they are gone.
    if (answer === undefined && order.type !== "rows") throw new MidDeploy(midDeploy.message);
    return answer as Moves[T];
  }

  webhook(url: string, format: string | undefined): Result<Webhook, string> {
    return this.#map.webhook(url, format);
  }

  unstartable(op: AskedWork, input: string): Promise<Failure | undefined> {
    return this.#map.unstartable(op, input);
  }
}
