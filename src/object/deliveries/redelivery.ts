import type { Delivery } from "../../core/delivery.ts";
import { failure } from "../../core/errors.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { Reply } from "../../core/reply.ts";
import type { Operations } from "../map/operations.ts";
import type { Deliveries } from "./deliveries.ts";

/** Told is what is known of an operation's webhook: one delivery, or none yet. */
export interface Told {
  readonly deliveries: Delivery[];
}

/** Redelivery handles what clients ask about the deliveries of an operation. */
export class Redelivery {
  readonly #deliveries: Deliveries;
  readonly #map: Pick<Operations, "snapshot">;

  constructor(deliveries: Deliveries, map: Pick<Operations, "snapshot">) {
    this.#deliveries = deliveries;
    this.#map = map;
  }

  /** of returns the delivery of an operation's webhook, if there is one. */
  of(id: string): Reply<Told> {
    const reply = this.#map.snapshot(id);
    if (reply.error) return reply;
    const delivery = this.#deliveries.get(id);
    return { deliveries: delivery ? [delivery] : [] };
  }

  /** again sends the webhook of a finished operation again. */
  again(id: string): Reply<Told> {
    const reply = this.#map.snapshot(id);
    if (reply.error) return reply;
    const { webhook, status } = reply.op;
    if (!webhook) return { error: failure("not-found", `Operation ${id} has no webhook`) };
    if (!isTerminal(reply.op)) {
      const message = `Cannot redeliver operation ${id} while it is ${status}`;
      return { error: failure("operation-active", message) };
    }
    return { deliveries: [this.#deliveries.begin(reply, webhook, Date.now())] };
  }
}
