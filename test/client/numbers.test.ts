import { describe, expect, it } from "vitest";
import { encodeJson, JsonText, OperationsClient, work } from "../../src/client/index.ts";
import { monitor, token } from "./fake-service.ts";

const numbers = '{"id":9007199254740993,"f":1e400,"all":[1.0,-0,1E5,0.1]}';
const exact = {
  id: new JsonText("9007199254740993"),
  f: new JsonText("1e400"),
  all: [new JsonText("1.0"), new JsonText("-0"), new JsonText("1E5"), 0.1],
};
const rounded = { id: 9007199254740992, f: Number.POSITIVE_INFINITY, all: [1, -0, 100_000, 0.1] };

/** A monitor as text, with the numbers as a member of that name. */
function monitorText(name: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify(monitor(more)).replace(/\}$/, `,"${name}":${numbers}}`);
}

/** A client of a service that answers each request by a text, and the bodies that it got. */
function service(answer: string | ((url: string) => string), type = "application/json") {
  const bodies: string[] = [];
  const options = {
    url: "https://edge.test",
    token,
    fetch: async (url: string, { body }: RequestInit) => {
      bodies.push(String(body));
      const text = typeof answer === "string" ? answer : answer(url);
      return new Response(text, { headers: { "content-type": type } });
    },
  };
  const client = new OperationsClient(options);
  return { bodies, options, client, exact: new OperationsClient({ ...options, numbers: "exact" }) };
}

describe("what is sent", () => {
  it.each([
    ["numbers in a value", exact, numbers],
    ["the whole as one text", new JsonText(` ${numbers}\n`), ` ${numbers}\n`],
  ])("has %s as they are written", async (_, input, text) => {
    const { client, bodies } = service(JSON.stringify(monitor()));
    await client.create({ kind: "charge", input, metadata: { as: input } });
    await client.batchCreate([{ kind: "charge", input, idempotencyKey: "a" }]);
    await client.input("op1", input);
    expect(bodies).toEqual([
      `{"kind":"charge","input":${text},"metadata":{"as":${text}}}`,
      `{"operations":[{"kind":"charge","input":${text},"idempotencyKey":"a"}]}`,
      text,
    ]);
  });

  it("has what JSON.rawJSON makes, where there is such a thing, beside a JsonText too", async () => {
    const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
    const { client, bodies } = service(JSON.stringify(monitor()));
    await client.input("op1", { id: rawJSON("9007199254740993") });
    await client.input("op1", { id: rawJSON("9007199254740993"), f: exact.f });
    expect(bodies).toEqual(['{"id":9007199254740993}', '{"id":9007199254740993,"f":1e400}']);
  });
});

describe("what is read", () => {
  it.each(["result", "metadata"])("has exact numbers in %s where asked for", async (name) => {
    const read = service(monitorText(name, { status: "succeeded" }));
    expect(await read.exact.get("op1")).toMatchObject({ [name]: exact });
    expect(await read.client.get("op1")).toMatchObject({ [name]: rounded });
    expect(encodeJson((await read.exact.waitFor("op1")) as object)).toBe(
      monitorText(name, { status: "succeeded" }),
    );
  });

  it("has exact numbers in an input, and sends them again as they were", async () => {
    const { exact: client, bodies } = service(`{"input":${numbers}}`);
    const input = await client.inputOf("op1");
    expect(input).toEqual(exact);
    await client.create({ kind: "charge", input });
    expect(bodies.at(-1)).toBe(`{"kind":"charge","input":${numbers}}`);
  });

  it("has exact numbers in the events of a watch", async () => {
    const text = monitorText("result", { status: "succeeded", version: 2 });
    const data = `id: 2\nevent: operation\ndata: ${text}\n\n`;
    const watched = [];
    for await (const operation of service(data, "text/event-stream").exact.watch("op1")) {
      watched.push(operation);
    }
    expect(watched).toMatchObject([{ result: exact }]);
  });

  it("is the text of a result, whatever its numbers", async () => {
    expect(await (await service(numbers).client.result("op1")).text()).toBe(numbers);
  });
});

it("work is given exact numbers where asked for, and gives them", async () => {
  const over = new AbortController();
  const claimed = `{"operations":[{"id":"op1","kind":"charge","attempt":1,"input":${numbers}}]}`;
  const { options, bodies } = service((url) => {
    if (!url.includes(":claim")) over.abort();
    return url.includes(":claim") ? claimed : "{}";
  });
  const inputs: unknown[] = [];
  await work({
    ...options,
    numbers: "exact",
    kinds: ["charge"],
    signal: over.signal,
    run: (input) => {
      inputs.push(input);
      return { again: input };
    },
  });
  expect(inputs[0]).toEqual(exact);
  expect(bodies).toContain(`{"attempt":1,"result":{"again":${numbers}}}`);
});
