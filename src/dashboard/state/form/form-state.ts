import { type Signal, signal } from "@preact/signals";
import {
  type Form,
  formOf,
  initialTexts,
  type Read,
  readFields,
  readJson,
  type Texts,
} from "../../../base/schema-fields.ts";
import { encodeJson, JsonText, RequestError } from "../../../client/index.ts";

/** FormState is what somebody has put into a form made of a JSON Schema so far. */
export class FormState {
  readonly form: Form;
  readonly texts: Signal<Texts>;
  /** The whole value as text, where that is what is edited. */
  readonly json: Signal<string>;
  /** Whether the whole value is edited as JSON, in the place of its fields. */
  readonly isJson: Signal<boolean>;
  /** What is wrong, by the names of fields; `""` is the whole. */
  readonly wrong = signal<Readonly<Record<string, string>>>({});

  /** @param value what is known of it already */
  constructor(schema: unknown, value?: unknown) {
    this.form = formOf(schema);
    const fields = this.form.type === "fields" ? this.form.fields : [];
    this.texts = signal(initialTexts(fields, value));
    this.json = signal(encodeJson(value, 2) ?? "");
    this.isJson = signal(this.form.type === "json" || hasMore(fields, value));
  }

  /** set takes in what one control holds. */
  set(name: string, text: string): void {
    this.texts.value = { ...this.texts.value, [name]: text };
    this.#forgive(name);
  }

  /** setJson takes in the whole value as text. */
  setJson(text: string): void {
    this.json.value = text;
    this.#forgive("");
  }

  /** toggle goes from fields to JSON or back, with what was put in so far as far as it can be read. */
  toggle(): void {
    if (this.form.type === "json") return;
    const { fields } = this.form;
    const read = this.peek();
    const value = read.ok ? read.value : undefined;
    if (this.isJson.value) this.texts.value = initialTexts(fields, value);
    else this.json.value = encodeJson(value, 2) ?? "";
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
    if (this.isJson.value || this.form.type === "json") return readJson(this.json.value);
    return readFields(this.form.fields, this.texts.value);
  }

  /** refuse shows what the service found wrong, at the fields where it knows them. */
  refuse(thrown: unknown, words: string): void {
    const errors = thrown instanceof RequestError ? thrown.errors : [];
    const names = new Set(
      this.form.type === "fields" ? this.form.fields.map(({ name }) => name) : [],
    );
    const wrong: Record<string, string> = {};
    for (const { path, message } of errors) {
      const name = path.replace(/^input\.?/, "").split(/[.[]/, 1)[0] ?? "";
      if (names.has(name) && !this.isJson.value) wrong[name] = message;
    }
    this.wrong.value =
      Object.keys(wrong).length === errors.length && errors.length > 0
        ? wrong
        : { ...wrong, "": words };
  }

  #forgive(name: string): void {
    if (!Object.hasOwn(this.wrong.value, name)) return;
    const { [name]: _, ...rest } = this.wrong.value;
    this.wrong.value = rest;
  }
}

/** Whether a value has members that the fields cannot hold. */
function hasMore(fields: readonly { readonly name: string }[], value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  if (value instanceof JsonText) return true;
  return Object.keys(value).some((key) => !fields.some(({ name }) => name === key));
}
