import type { Field } from "../../../base/schema-fields.ts";
import {
  type FormNode,
  type Group,
  type Leaf,
  type List,
  pathOf,
} from "../../state/form/form-node.ts";
import type { FormState } from "../../state/form/form-state.ts";

interface SchemaFormProps {
  readonly form: FormState;
  /** The prefix of the ids of its controls. */
  readonly name: string;
  /** The title of the form, for people. */
  readonly title: string;
}

/** SchemaForm is a form for a JSON Schema, or the equivalent JSON text. */
export function SchemaForm({ form, name, title }: SchemaFormProps) {
  const root = form.root.value;
  const isJson = form.isJson.value;
  const whole = form.wrongAt("");
  return (
    <fieldset class="schema-form">
      <legend>
        {title}
        {form.hasParts && (
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
        <Inside form={form} node={root} prefix={name} path="" />
      )}
      {!isJson && root.type === "group" && root.parts.length === 0 && (
        <p class="note">This kind takes no input.</p>
      )}
      <p id={`${name}-wrong`} class="wrong" role="alert">
        {whole}
      </p>
    </fieldset>
  );
}

interface PartProps<Node> {
  readonly form: FormState;
  readonly node: Node;
  /** The prefix of the ids of its controls. */
  readonly prefix: string;
  readonly path: string;
  /** Its title, if that differs from its name. */
  readonly title?: string;
}

function Part(props: PartProps<FormNode>) {
  const { form, node, path, title = node.name } = props;
  if (node.type === "leaf") return <Control {...props} node={node} />;
  const isItem = props.title !== undefined;
  const isOff = node.type === "group" && !node.isOn.value;
  const wrong = form.wrongAt(path);
  return (
    <fieldset class="part">
      <legend>
        {title}
        {node.isRequired && !isItem && <span class="required"> required</span>}
        {node.type === "group" && !node.isRequired && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              node.isOn.value = isOff;
            }}
          >
            {isOff ? "Add" : "Remove"}
            <span class="unseen"> {title}</span>
          </button>
        )}
      </legend>
      <p class="note">{node.description}</p>
      {!isOff && <Inside {...props} />}
      <p class="wrong" role="alert">
        {wrong}
      </p>
    </fieldset>
  );
}

function Inside(props: PartProps<FormNode>) {
  const { node } = props;
  if (node.type === "leaf") return null;
  return node.type === "group" ? (
    <Members {...props} node={node} />
  ) : (
    <Items {...props} node={node} />
  );
}

function Members({ form, node, prefix, path }: PartProps<Group>) {
  return (
    <>
      {node.parts.map((part) => (
        <Part
          key={part.name}
          form={form}
          node={part}
          prefix={prefix}
          path={pathOf(path, part.name)}
        />
      ))}
    </>
  );
}

function Items({ form, node, prefix, path }: PartProps<List>) {
  const { value: items } = node.items;
  const name = node.name || "the list";
  return (
    <>
      {items.map((item, index) => {
        const title = `${name} ${index + 1}`;
        return (
          <div class="item" key={keyOf(item)}>
            <Part
              form={form}
              node={item}
              prefix={prefix}
              path={pathOf(path, index)}
              title={title}
            />
            <button
              type="button"
              class="quiet close"
              aria-label={`Remove ${title}`}
              title={`Remove ${title}`}
              onClick={() => form.remove(node, item)}
            >
              ×
            </button>
          </div>
        );
      })}
      <button
        type="button"
        class="add"
        disabled={items.length >= node.most}
        onClick={() => form.add(node)}
      >
        Add to {name}
      </button>
    </>
  );
}

const keys = new WeakMap<FormNode, number>();
let made = 0;

/** An item keeps its controls when others are added or removed. */
function keyOf(item: FormNode): number {
  const key = keys.get(item) ?? ++made;
  keys.set(item, key);
  return key;
}

function Control({ form, node, prefix, path, title = node.name }: PartProps<Leaf>) {
  const { field, text } = node;
  const id = `${prefix}-${path}`;
  const wrong = form.wrongAt(path);
  const set = (event: { readonly currentTarget: { readonly value: string } }) =>
    form.set(path, text, event.currentTarget.value);
  const shared = {
    id,
    value: text.value,
    "aria-invalid": wrong !== undefined,
    "aria-describedby": `${id}-note`,
    "aria-required": field.isRequired,
    spellcheck: false,
  };
  return (
    <div class="field">
      <label for={id}>
        {title}
        {field.isRequired && title === node.name && <span class="required"> required</span>}
      </label>
      {field.type === "choice" ? (
        <select {...shared} onChange={set}>
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
          onInput={set}
        />
      ) : (
        <input {...shared} inputMode={field.type === "string" ? "text" : "decimal"} onInput={set} />
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
  const what = { string: "", number: "number", integer: "whole number", choice: "", json: "JSON" };
  return [description, [what[type], bounds].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
}

function emptyOf({ isRequired, byDefault }: Field): string {
  if (isRequired) return "Select…";
  return byDefault === undefined ? "Not set" : `Default (${wordOf(byDefault)})`;
}

/** A choice is JSON; strings are shown without quotes. */
function wordOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" && value !== "" ? value : json;
}
