import type { MoveOrder, Moves } from "../../core/moving/moving.ts";
import type { MovingRoom, MovingSurroundings } from "../../runner/moving.ts";
import { MovedDocuments } from "../documents/moved-documents.ts";
import { Exporting } from "./exporting.ts";
import { Importing } from "./importing.ts";
import { MovedRows } from "./moved-rows.ts";

/** MovedOperations reads operations and documents for an export, and stores imported ones. */
export class MovedOperations implements MovingRoom {
  readonly #around: MovingSurroundings;
  readonly #documents: MovedDocuments;
  readonly #exporting: Exporting;
  readonly #importing: Importing;

  constructor(around: MovingSurroundings) {
    const rows = new MovedRows(around.sql);
    this.#around = around;
    this.#documents = new MovedDocuments(around);
    this.#exporting = new Exporting(around, rows);
    this.#importing = new Importing(around, rows);
  }

  /** take does what the request asks for. */
  take(order: MoveOrder): Promise<Moves[keyof Moves]> {
    const { make } = this.#around;
    switch (order.type) {
      case "page":
        return this.#exporting.page(order.after);
      case "documents":
        return Promise.resolve(this.#documents.page(order.storage, order.after));
      case "arriveDocuments":
        return make(() =>
          order.documents.map((one) =>
            this.#importing.contained(one.id, () => this.#documents.arrive(one, Date.now())),
          ),
        );
      case "rows":
        return Promise.resolve(this.#exporting.rows(order.id, order.place));
      case "ahead":
        return Promise.resolve(this.#importing.ahead(order));
      case "arrive":
        return make(() =>
          order.operations.map((one) =>
            this.#importing.contained(one.id, () => this.#importing.arrive(one, order.starts)),
          ),
        );
    }
  }
}
