import { describe, expect, it } from "vitest";
import { readExact } from "../../src/base/exact-json.ts";
import { ok } from "../../src/base/result.ts";
import { encodeJson, RequestError } from "../../src/client/index.ts";
import { type FormNode, pathOf } from "../../src/dashboard/state/form/form-node.ts";
import { FormState } from "../../src/dashboard/state/form/form-state.ts";
import { mostNodes } from "../../src/dashboard/state/form/make-form.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, size: { type: "integer" } },
  required: ["name"],
};

const order = {
  type: "object",
  properties: {
    customer: { $ref: "#/$defs/customer" },
    items: {
      type: "array",
      minItems: 1,
      maxItems: 2,
      items: {
        type: "object",
        properties: { sku: { type: "string" }, quantity: { type: "integer", default: 1 } },
        required: ["sku"],
      },
    },
    notes: { type: "array", items: { type: "string" } },
    extra: {},
  },
  required: ["customer", "items"],
  $defs: {
    customer: {
      type: "object",
      properties: {
        name: { type: "string" },
        address: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
      required: ["name"],
    },
  },
};

const refused = (errors: readonly { path: string; message: string }[]) =>
  new RequestError(new Response(null, { status: 400 }), {
    error: { code: "validation-failed" },
    errors,
  });

/** What a form says, where that is a value. */
function saidBy(form: FormState): unknown {
  const read = form.peek();
  return read.ok ? read.value : read.failure;
}

function find(form: FormState, path: string, node: FormNode = form.root.value, at = ""): FormNode {
  if (at === path) return node;
  const parts: [string, FormNode][] =
    node.type === "group"
      ? node.parts.map((part) => [pathOf(at, part.name), part])
      : node.type === "list"
        ? node.items.value.map((item, index) => [pathOf(at, index), item])
        : [];
  const next = parts.find(
    ([place]) =>
      path === place || (/^[.[]/.test(path.slice(place.length)) && path.startsWith(place)),
  );
  return next ? find(form, path, next[1], next[0]) : expect.unreachable(path);
}

function set(form: FormState, path: string, text: string): void {
  const node = find(form, path);
  if (node.type === "leaf") form.set(path, node.text, text);
  else expect.unreachable(path);
}

describe("FormState", () => {
  it("keeps numbers as they are written, from an input to a request and in between", () => {
    const text = '{"name":"a","size":9007199254740993}';
    const form = new FormState(schema, readExact(text));
    expect(encodeJson(saidBy(form))).toBe(text);
    form.toggle();
    expect(form.json.value).toContain('"size": 9007199254740993');
    form.toggle();
    set(form, "size", "9007199254740995");
    expect(encodeJson(saidBy(form))).toBe(text.replace("993", "995"));
    const whole = new FormState(schema, readExact("1.0"));
    expect([whole.isJson.value, whole.json.value]).toEqual([true, "1.0"]);
  });

  it("goes from fields to JSON and back with what was put in", () => {
    const form = new FormState(schema);
    set(form, "name", "a");
    set(form, "size", "3");
    form.toggle();
    expect([form.isJson.value, JSON.parse(form.json.value)]).toEqual([
      true,
      { name: "a", size: 3 },
    ]);
    form.setJson('{"name": "b"}');
    form.toggle();
    expect([form.isJson.value, form.read()]).toEqual([false, ok({ name: "b" })]);
  });

  it("begins as JSON where a value has members that no field holds, and stays so", () => {
    expect(new FormState(schema, { name: "a", other: 1 }).isJson.value).toBe(true);
    expect(new FormState(schema, [1]).isJson.value).toBe(true);
    expect(new FormState(schema, { name: "a" }).isJson.value).toBe(false);
    const form = new FormState(schema);
    form.toggle();
    form.setJson('{"name":"a","other":1}');
    form.toggle();
    expect([form.isJson.value, saidBy(form)]).toEqual([true, { name: "a", other: 1 }]);
  });

  it("marks a field as wrong when read, and no more once it is changed", () => {
    const form = new FormState(schema);
    set(form, "size", "x");
    form.read();
    expect(form.wrong.value).toEqual({ size: "is not a number" });
    set(form, "size", "2");
    expect(form.wrong.value).toEqual({});
  });

  it("shows what the service refused at its fields, and all else at the whole", () => {
    const form = new FormState(schema);
    form.refuse(refused([{ path: "input.size", message: "too big" }]), "words");
    expect(form.wrong.value).toEqual({ size: "too big" });
    form.refuse(
      refused([
        { path: "name", message: "taken" },
        { path: "labels", message: "bad" },
      ]),
      "words",
    );
    expect(form.wrong.value).toEqual({ name: "taken", "": "words" });
    form.refuse(new Error("gone"), "words");
    expect(form.wrong.value).toEqual({ "": "words" });
  });
});

describe("FormState of what is nested", () => {
  it("has controls of objects and items, leaves out what is optional, and takes defaults", () => {
    const form = new FormState(order);
    set(form, "customer.name", "Ada");
    set(form, "items[0].sku", "A-1");
    const item = { sku: "A-1", quantity: 1 };
    expect(saidBy(form)).toEqual({ customer: { name: "Ada" }, items: [item] });
    const items = find(form, "items");
    const address = find(form, "customer.address");
    const notes = find(form, "notes");
    if (items.type !== "list" || notes.type !== "list" || address.type !== "group")
      return expect.unreachable();
    expect(items.most).toBe(2);
    form.add(items);
    form.add(notes);
    address.isOn.value = true;
    set(form, "items[1].sku", "B-2");
    set(form, "items[1].quantity", "5");
    set(form, "notes[0]", "soon");
    set(form, "customer.address.city", "Delft");
    set(form, "extra", '{"a":[1]}');
    const whole = {
      customer: { name: "Ada", address: { city: "Delft" } },
      items: [item, { sku: "B-2", quantity: 5 }],
      notes: ["soon"],
      extra: { a: [1] },
    };
    expect(saidBy(form)).toEqual(whole);
    form.remove(items, find(form, "items[0]"));
    expect(saidBy(form)).toEqual({ ...whole, items: [{ sku: "B-2", quantity: 5 }] });
    return expect(saidBy(new FormState(order, whole))).toEqual(whole);
  });

  it("says at its place what is wrong, also inside of what has no control of its own", () => {
    const form = new FormState(order);
    set(form, "items[0].quantity", "x");
    form.read();
    expect(form.wrong.value).toEqual({ "items[0].quantity": "is not a number" });
    form.refuse(
      refused([
        { path: "input.items[0].sku", message: "unknown" },
        { path: "input.items", message: "too few" },
        { path: "input.extra.a[3].b", message: "odd" },
      ]),
      "words",
    );
    expect(form.wrong.value).toEqual({ "items[0].sku": "unknown", items: "too few", extra: "odd" });
  });

  it("is JSON where a schema goes round, once it is deep", () => {
    const tree = { type: "object", properties: { child: { $ref: "#" }, name: { type: "string" } } };
    let node: FormNode = new FormState(tree).root.value;
    let depth = 0;
    while (node.type === "group") {
      node = node.parts.find(({ name }) => name === "child") ?? expect.unreachable();
      depth++;
    }
    expect([node.type, depth]).toEqual(["leaf", 6]);
  });
});

describe("a form whose parts are called as members of every object are", () => {
  const named = JSON.parse(`{
    "properties": {
      "constructor": { "type": "integer" },
      "__proto__": { "type": "integer" },
      "toString": { "properties": { "a": { "type": "string" } } }
    }
  }`);

  it("has a control for each, with nothing in it and nothing wrong with it", () => {
    const form = new FormState(named, { toString: { a: "x" } });
    const { parts } = form.root.value as Extract<FormNode, { type: "group" }>;
    expect(parts.map(({ name, type }) => [name, type])).toEqual([
      ["constructor", "leaf"],
      ["__proto__", "leaf"],
      ["toString", "group"],
    ]);
    for (const { name } of parts) expect(form.wrongAt(name)).toBeUndefined();
    expect(form.read()).toEqual(ok({ toString: { a: "x" } }));
    const blank = new FormState(named).root.value as Extract<FormNode, { type: "group" }>;
    expect(blank.parts[2]).toMatchObject({ type: "group", isOn: { value: false } });
  });

  it("says what is wrong with each, and forgets it where it is changed", () => {
    const form = new FormState(named);
    const { parts } = form.root.value as Extract<FormNode, { type: "group" }>;
    for (const part of parts) if (part.type === "leaf") part.text.value = "x";
    expect(form.read().ok).toBe(false);
    expect(["constructor", "__proto__", "toString"].map((path) => form.wrongAt(path))).toEqual([
      "is not a number",
      "is not a number",
      undefined,
    ]);
    const [, proto] = parts;
    if (proto?.type === "leaf") form.set("__proto__", proto.text, "1");
    expect(form.wrongAt("__proto__")).toBeUndefined();
    expect(form.wrongAt("constructor")).toBe("is not a number");
  });
});

describe("a form with too many parts", () => {
  /** The parts of a form, itself among them, and how many of them are JSON. */
  function counted(node: FormNode): { all: number; json: number } {
    const parts = node.type === "group" ? node.parts : node.type === "list" ? node.items.value : [];
    const own = node.type === "leaf" && node.field.type === "json" ? 1 : 0;
    const below = parts.map(counted);
    return {
      all: 1 + below.reduce((sum, { all }) => sum + all, 0),
      json: own + below.reduce((sum, { json }) => sum + json, 0),
    };
  }

  const lists = (depth: number, minItems: number): object =>
    depth === 0
      ? { type: "string" }
      : { type: "array", minItems, items: lists(depth - 1, minItems) };
  const wide = (count: number, of: object) => ({
    properties: Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, of])),
  });

  it.each([
    ["lists of 20 in lists of 20, six deep", lists(6, 20)],
    ["a schema that refers to itself ten times", { ...wide(10, { $ref: "#" }), required: [] }],
    ["5,000 properties", wide(5_000, { type: "string" })],
    ["lists in many properties", wide(50, wide(40, wide(30, lists(2, 20))))],
  ])("has a bounded number of them, of %s", (_, of) => {
    const { all, json } = counted(new FormState(of).root.value);
    expect(all).toBeLessThanOrEqual(mostNodes);
    expect(json).toBeGreaterThan(0);
  });

  it("has those side by side alike, the deepest as JSON", () => {
    const { value } = new FormState(lists(6, 20)).root;
    expect(counted(value)).toEqual({ all: 1 + 20 + 400, json: 400 });
  });

  it("keeps what is JSON in it, and what is not", () => {
    const of = { properties: { name: { type: "string" }, rows: lists(1, 0), few: lists(1, 0) } };
    const value = { name: "a", rows: Array<string>(2_000).fill("x"), few: ["y", "z"] };
    const form = new FormState(of, value);
    expect(find(form, "rows")).toMatchObject({ type: "leaf", field: { type: "json" } });
    expect(find(form, "few")).toMatchObject({ type: "list" });
    expect(saidBy(form)).toEqual(value);
  });

  it("has all of its parts where there is room, however they are spread", () => {
    const of = { properties: { rows: lists(1, 0), a: {}, b: {}, c: {} } };
    const form = new FormState(of, { rows: Array<string>(mostNodes - 5).fill("x") });
    expect(counted(form.root.value).all).toBe(mostNodes);
    expect(find(form, "rows")).toMatchObject({ type: "list" });
  });

  it("adds an item that is bounded too", () => {
    const of = { type: "array", items: lists(5, 20) };
    const form = new FormState(of);
    const list = form.root.value as Extract<FormNode, { type: "list" }>;
    form.add(list);
    form.add(list);
    expect(list.items.value).toHaveLength(2);
    expect(counted(list).all).toBe(1 + 2 * 21);
  });
});
