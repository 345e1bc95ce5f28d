import { type Signal, signal } from "@preact/signals";
import { emptyRecord } from "../../../base/record.ts";
import { failed, ok } from "../../../base/result.ts";
import { type Read, readJson } from "../../../base/schema-fields.ts";
import { encodeJson, RequestError } from "../../../client/index.ts";
import { type FormNode, type List, placesOf, readNode } from "./form-node.ts";
import { makeForm } from "./make-form.ts";

/** FormState is what somebody has put into a form made of a JSON Schema so far. */
export class FormState {
  /** The parts of the form; a leaf where the value can only be edited as JSON. */
  readonly root: Signal<FormNode>;
  /** The whole value as text, where that is what is edited. */
  readonly json: Signal<string>;
  /** Whether the whole value is edited as JSON, in the place of its parts. */
  readonly isJson: Signal<boolean>;
  /** What is wrong, by the paths of parts, such as `items[2].sku`; `""` is the whole. */
  readonly wrong = signal<Readonly<Record<string, string>>>({});
  readonly #schema: unknown;

  /** @param value what is known of it already */
  constructor(schema: unknown, value?: unknown) {
    this.#schema = schema;
    this.root = signal(this.#made(value));
    this.json = signal(encodeJson(value, 2) ?? "");
    this.isJson = signal(!this.hasParts);
  }

  /** hasParts is whether there is more than JSON to edit. */
  get hasParts(): boolean {
    return this.root.value.type !== "leaf";
  }

  /** wrongAt returns what is wrong at a part, if anything is; its path may well be `constructor`. */
  wrongAt(path: string): string | undefined {
    const { value } = this.wrong;
    return Object.hasOwn(value, path) ? value[path] : undefined;
  }

  /** set takes in what one control holds. */
  set(path: string, control: Signal<string>, text: string): void {
    control.value = text;
    this.#forgive(path);
  }

  /** add puts one more item into a list. */
  add(list: List): void {
    list.items.value = [...list.items.value, list.make()];
  }

  /** remove takes an item out of a list. What was wrong is forgotten: the paths are others now. */
  remove(list: List, item: FormNode): void {
    list.items.value = list.items.value.filter((other) => other !== item);
    this.wrong.value = {};
  }

  /** setJson takes in the whole value as text. */
  setJson(text: string): void {
    this.json.value = text;
    this.#forgive("");
  }

  /** toggle goes from parts to JSON or back, with what was put in so far as far as it can be read. */
  toggle(): void {
    const read = this.peek();
    const value = read.ok ? read.value : undefined;
    if (this.isJson.value) {
      const made = this.#made(value);
      // What no control holds stays JSON.
      if (made.type === "leaf") return;
      this.root.value = made;
    } else this.json.value = encodeJson(value, 2) ?? "";
    this.isJson.value = !this.isJson.value;
    this.wrong.value = {};
  }

  /** read reads the value; where that cannot be, `wrong` says why, and so does what is answered. */
  read(): Read {
    const read = this.peek();
    this.wrong.value = read.ok ? {} : read.failure;
    return read;
  }

  /** peek reads the value and marks nothing as wrong. */
  peek(): Read {
    if (this.isJson.value) return readJson(this.json.value);
    const wrong = emptyRecord<string>();
    const value = readNode(this.root.value, "", wrong);
    return Object.keys(wrong).length > 0 ? failed(wrong) : ok(value);
  }

  /** refuse shows what the service found wrong, at the parts where it knows them. */
  refuse(thrown: unknown, words: string): void {
    const errors = thrown instanceof RequestError ? thrown.errors : [];
    const places = new Set(this.isJson.value ? [] : placesOf(this.root.value));
    places.delete("");
    const wrong = emptyRecord<string>();
    let isPlaced = errors.length > 0;
    for (const { path, message } of errors) {
      let place = path.replace(/^input\b\.?/, "");
      // What is inside of a control for JSON is told at that control.
      while (place !== "" && !places.has(place))
        place = place.replace(/(^|\.)[^.[]*$|\[\d*\]?$/, "");
      if (place === "") isPlaced = false;
      else wrong[place] = message;
    }
    this.wrong.value = isPlaced ? wrong : { ...wrong, "": words };
  }

  /** Without a value, or with one that fits, its parts; else one leaf. */
  #made(value: unknown): FormNode {
    return makeForm(this.#schema, value);
  }

  #forgive(path: string): void {
    if (this.wrongAt(path) === undefined) return;
    const { [path]: _, ...rest } = this.wrong.value;
    this.wrong.value = rest;
  }
}
