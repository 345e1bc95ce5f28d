import { JsonText } from "../../base/json-text.ts";
import type { Format } from "./format.ts";
import { plainJson, plainLines } from "./plain-text.ts";
import type { Screen } from "./screen.ts";

/** How YAML represents a number that is kept as written; every JSON number is a YAML number. */
const exactNumber = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value: unknown) => value instanceof JsonText,
  resolve: Number,
  stringify: ({ value }: { value: unknown }) => String(value),
};

/** Printed is something to print, in every format. */
export interface Printed {
  /** For json, yaml and jsonpath. */
  readonly value: unknown;
  /** For id: one line each. */
  readonly ids: readonly string[];
  /** For table; without a line break at its end. */
  readonly table: () => string;
}

/** Printer writes a command's output to standard output, in one format. */
export class Printer {
  readonly format: Format;
  readonly #screen: Screen;

  constructor(format: Format, screen: Screen) {
    this.format = format;
    this.#screen = screen;
  }

  async print(printed: Printed): Promise<void> {
    await this.#write(await this.#text(printed, 2));
  }

  /** printOne writes one of a series: JSON as one line, YAML as one document. */
  async printOne(printed: Printed): Promise<void> {
    const start = this.format.name === "yaml" ? "---\n" : "";
    await this.#write(`${start}${await this.#text(printed, 0)}`);
  }

  async #text({ value, ids, table }: Printed, indent: number): Promise<string> {
    switch (this.format.name) {
      case "table":
        return table();
      case "json":
        return plainJson(value, indent);
      case "yaml": {
        const { stringify } = await import("yaml");
        const options = { lineWidth: 0, customTags: [exactNumber] };
        return this.#shown(stringify(value, options).trimEnd());
      }
      case "id":
        return this.#shown(ids.join("\n"));
      case "jsonpath":
        return this.#shown(this.format.template(value));
    }
  }

  /** Output other than a table goes to a pipe unchanged; a terminal gets only plain text. */
  #shown(text: string): string {
    return this.#screen.isTerminal ? plainLines(text) : text;
  }

  async #write(text: string): Promise<void> {
    if (text !== "") await this.#screen.line(text);
  }
}
