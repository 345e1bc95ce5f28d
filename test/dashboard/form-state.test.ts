import { describe, expect, it } from "vitest";
import { readExact } from "../../src/base/exact-json.ts";
import { ok } from "../../src/base/result.ts";
import { encodeJson, RequestError } from "../../src/client/index.ts";
import { FormState } from "../../src/dashboard/state/form/form-state.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, size: { type: "integer" } },
  required: ["name"],
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

describe("FormState", () => {
  it("keeps numbers as they are written, from an input to a request and in between", () => {
    const text = '{"name":"a","size":9007199254740993}';
    const form = new FormState(schema, readExact(text));
    expect(form.texts.value).toMatchObject({ size: "9007199254740993" });
    expect(encodeJson(saidBy(form))).toBe(text);
    form.toggle();
    expect(form.json.value).toContain('"size": 9007199254740993');
    form.toggle();
    form.set("size", "9007199254740995");
    expect(encodeJson(saidBy(form))).toBe(text.replace("993", "995"));
    const whole = new FormState(schema, readExact("1.0"));
    expect([whole.isJson.value, whole.json.value]).toEqual([true, "1.0"]);
  });

  it("goes from fields to JSON and back with what was put in", () => {
    const form = new FormState(schema);
    form.set("name", "a");
    form.set("size", "3");
    form.toggle();
    expect([form.isJson.value, JSON.parse(form.json.value)]).toEqual([
      true,
      { name: "a", size: 3 },
    ]);
    form.setJson('{"name": "b"}');
    form.toggle();
    expect([form.isJson.value, form.read()]).toEqual([false, ok({ name: "b" })]);
  });

  it("begins as JSON where a value has members that no field holds", () => {
    expect(new FormState(schema, { name: "a", other: 1 }).isJson.value).toBe(true);
    expect(new FormState(schema, [1]).isJson.value).toBe(true);
    expect(new FormState(schema, { name: "a" }).isJson.value).toBe(false);
  });

  it("marks a field as wrong when read, and no more once it is changed", () => {
    const form = new FormState(schema);
    form.set("size", "x");
    form.read();
    expect(form.wrong.value).toEqual({ size: "is not a number" });
    form.set("size", "2");
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
