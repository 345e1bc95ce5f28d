import { type Signal, signal } from "@preact/signals";
import { emptyRecord } from "../../../base/record.ts";
import { failed, ok } from "../../../base/result.ts";
import { type Read, readJson } from "../../../base/schema-fields.ts";
import { encodeJson, RequestError } from "../../../client/index.ts";
import { type FormNode, type List, placesOf, readNode } from "./form-node.ts";
import { makeForm } from "./make-form.ts";

/** FormState is the state of a form for a JSON Schema. */
export class FormState {
  /** The parts of the form; a leaf if the value can only be edited as JSON. */
  readonly root: Signal<FormNode>;
  /** The whole value as text, while it is edited as JSON. */
  readonly json: Signal<string>;
  /** Whether the whole value is edited as JSON instead of its parts. */
  readonly isJson: Signal<boolean>;
  /** Errors by the paths of parts, such as `items[2].sku`; `""` is the whole form. */
  readonly wrong = signal<Readonly<Record<string, string>>>({});
  readonly #schema: unknown;

  /** @param value its initial value */
  constructor(schema: unknown, value?: unknown) {
    this.#schema = schema;
    this.root = signal(this.#made(value));
    this.json = signal(encodeJson(value, 2) ?? "");
    this.isJson = signal(!this.hasParts);
  }

  /** hasParts says whether the value can be edited other than as JSON. */
  get hasParts(): boolean {
    return this.root.value.type !== "leaf";
  }

  /** wrongAt returns the error of a part, if any; its path may be `constructor`. */
  wrongAt(path: string): string | undefined {
    const { value } = this.wrong;
    return Object.hasOwn(value, path) ? value[path] : undefined;
  }

  /** set stores the content of a control. */
  set(path: string, control: Signal<string>, text: string): void {
    control.value = text;
    this.#forgive(path);
  }

  /** add adds an item to a list. */
  add(list: List): void {
    list.items.value = [...list.items.value, list.make()];
  }

  /** remove removes an item from a list. It clears all errors, because their paths have changed. */
  remove(list: List, item: FormNode): void {
    list.items.value = list.items.value.filter((other) => other !== item);
    this.wrong.value = {};
  }

  /** setJson stores the whole value as text. */
  setJson(text: string): void {
    this.json.value = text;
    this.#forgive("");
  }

  /** toggle switches between parts and JSON, and keeps the value as far as it is valid. */
  toggle(): void {
    const read = this.peek();
    const value = read.ok ? read.value : undefined;
    if (this.isJson.value) {
      const made = this.#made(value);
      // A value without controls stays JSON.
      if (made.type === "leaf") return;
      this.root.value = made;
    } else this.json.value = encodeJson(value, 2) ?? "";
    this.isJson.value = !this.isJson.value;
    this.wrong.value = {};
  }

  /** read returns the value, or the errors, which are also stored in `wrong`. */
  read(): Read {
    const read = this.peek();
    this.wrong.value = read.ok ? {} : read.failure;
    return read;
  }

  /** peek returns the value without storing errors. */
  peek(): Read {
    if (this.isJson.value) return readJson(this.json.value);
    const wrong = emptyRecord<string>();
    const value = readNode(this.root.value, "", wrong);
    return Object.keys(wrong).length > 0 ? failed(wrong) : ok(value);
  }

  /** refuse shows the errors that the service found, at their parts where those exist. */
  refuse(thrown: unknown, words: string): void {
    const errors = thrown instanceof RequestError ? thrown.errors : [];
    const places = new Set(this.isJson.value ? [] : placesOf(this.root.value));
    places.delete("");
    const wrong = emptyRecord<string>();
    let isPlaced = errors.length > 0;
    for (const { path, message } of errors) {
      let place = path.replace(/^input\b\.?/, "");
      // An error inside a control for JSON is shown at that control.
      while (place !== "" && !places.has(place))
        place = place.replace(/(^|\.)[^.[]*$|\[\d*\]?$/, "");
      if (place === "") isPlaced = false;
      else wrong[place] = message;
    }
    this.wrong.value = isPlaced ? wrong : { ...wrong, "": words };
  }

  /** Its parts if there is no value, or one that fits; otherwise a single leaf. */
  #made(value: unknown): FormNode {
    return makeForm(this.#schema, value);
  }

  #forgive(path: string): void {
    if (this.wrongAt(path) === undefined) return;
    const { [path]: _, ...rest } = this.wrong.value;
    this.wrong.value = rest;
  }
}
