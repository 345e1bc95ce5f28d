import type { Field } from "../../../base/schema-fields.ts";
import type { FormState } from "../../state/form/form-state.ts";

interface SchemaFormProps {
  readonly form: FormState;
  /** Begins the ids of its controls. */
  readonly name: string;
  /** What the whole of it is, for people. */
  readonly title: string;
}

/** SchemaForm is a form made of a JSON Schema, or the JSON text that it would make. */
export function SchemaForm({ form, name, title }: SchemaFormProps) {
  const { form: made } = form;
  const isJson = form.isJson.value || made.type === "json";
  const whole = form.wrong.value[""];
  return (
    <fieldset class="schema-form">
      <legend>
        {title}
        {made.type === "fields" && (
          <button type="button" class="quiet" onClick={() => form.toggle()}>
            {isJson ? "Edit as form" : "Edit as JSON"}
          </button>
        )}
      </legend>
      {isJson ? (
        <textarea
          id={`${name}-json`}
          class="code"
          aria-label={`${title} as JSON`}
          aria-invalid={whole !== undefined}
          aria-describedby={`${name}-wrong`}
          rows={6}
          spellcheck={false}
          placeholder="JSON"
          value={form.json.value}
          onInput={(event) => form.setJson(event.currentTarget.value)}
        />
      ) : (
        made.type === "fields" &&
        made.fields.map((field) => (
          <Control key={field.name} form={form} field={field} id={`${name}-${field.name}`} />
        ))
      )}
      {!isJson && made.type === "fields" && made.fields.length === 0 && (
        <p class="note">This kind takes no input.</p>
      )}
      <p id={`${name}-wrong`} class="wrong" role="alert">
        {whole}
      </p>
    </fieldset>
  );
}

function Control({ form, field, id }: { form: FormState; field: Field; id: string }) {
  const wrong = form.wrong.value[field.name];
  const text = form.texts.value[field.name] ?? "";
  const shared = {
    id,
    value: text,
    "aria-invalid": wrong !== undefined,
    "aria-describedby": `${id}-note`,
    "aria-required": field.isRequired,
    spellcheck: false,
  };
  return (
    <div class="field">
      <label for={id}>
        {field.name}
        {field.isRequired && <span class="required"> required</span>}
      </label>
      {field.type === "choice" ? (
        <select {...shared} onChange={(event) => form.set(field.name, event.currentTarget.value)}>
          {(!field.isRequired || field.initial === "") && (
            <option value="">{emptyOf(field)}</option>
          )}
          {field.choices.map((choice) => (
            <option key={choice} value={choice}>
              {wordOf(choice)}
            </option>
          ))}
        </select>
      ) : field.type === "json" ? (
        <textarea
          {...shared}
          class="code"
          rows={2}
          placeholder={field.byDefault ?? ""}
          onInput={(event) => form.set(field.name, event.currentTarget.value)}
        />
      ) : (
        <input
          {...shared}
          inputMode={field.type === "string" ? "text" : "decimal"}
          onInput={(event) => form.set(field.name, event.currentTarget.value)}
        />
      )}
      <p id={`${id}-note`} class={wrong === undefined ? "note" : "wrong"}>
        {wrong ?? noteOf(field)}
      </p>
    </div>
  );
}

function noteOf({ description, type, minimum, maximum }: Field): string {
  const bounds =
    minimum !== undefined && maximum !== undefined && maximum < 1e15
      ? `${minimum} to ${maximum}`
      : undefined;
  const what = {
    string: "",
    number: "number",
    integer: "whole number",
    choice: "",
    json: "JSON",
  };
  return [description, [what[type], bounds].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
}

function emptyOf({ isRequired, byDefault }: Field): string {
  if (isRequired) return "Select…";
  return byDefault === undefined ? "Not set" : `Default (${wordOf(byDefault)})`;
}

/** A choice is JSON; of a text the quotes are left out. */
function wordOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" && value !== "" ? value : json;
}
