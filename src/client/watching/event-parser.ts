/** ServerEvent is one event of a stream; one without a type is a `message`. */
export interface ServerEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string;
}

/** EventParser parses server-sent events (HTML standard, 9.2.6) from text that arrives in pieces. */
export class EventParser {
  /** An incomplete line. */
  #rest = "";
  #event: string | undefined;
  #id: string | undefined;
  #data: string[] = [];

  /** feed returns the events that end in this piece. Comments and `retry` are left out. */
  feed(piece: string): ServerEvent[] {
    this.#rest += piece;
    if (!/[\r\n]/.test(piece)) return [];
    // A CR at the end may be the first half of a CRLF.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): ServerEvent | undefined {
    if (line === "") return this.#end();
    const [, name = "", value = ""] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? [];
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value === "" ? undefined : value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return undefined;
  }

  /** Without data there is no event. */
  #end(): ServerEvent | undefined {
    const { length } = this.#data;
    const event = { event: this.#event, id: this.#id, data: this.#data.join("\n") };
    this.#event = undefined;
    this.#id = undefined;
    this.#data = [];
    return length > 0 ? event : undefined;
  }
}
