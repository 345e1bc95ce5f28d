import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { placeOf } from "../../../src/dialects/openai/stream.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { Stream } from "../native/watching/watching.ts";
import { Writer } from "../native/watching/writer.ts";

freshTenant();

interface Told {
  readonly type: string;
  readonly sequence_number: number;
  readonly delta?: string;
  readonly text?: string;
  readonly output_index?: number;
  readonly item?: { readonly id: string; readonly status: string };
  readonly message?: string;
  readonly response?: {
    readonly status: string;
    readonly output: readonly { readonly content: readonly { readonly text: string }[] }[];
  };
}

const stride = 2 ** 24;

async function open(id: string, after?: number): Promise<Stream> {
  const from = after === undefined ? "" : `&starting_after=${after}`;
  const path = `/api/openai/v1/responses/resp_${id}?stream=true${from}`;
  return new Stream(await tenant.send(path));
}

/** The next event of a stream, or undefined at its end. */
async function next(stream: Stream): Promise<Told | undefined> {
  for (;;) {
    const block = await stream.block();
    if (!block) return undefined;
    if (block.data === undefined) continue;
    const told = JSON.parse(block.data) as Told;
    expect(told.type).toBe(block.event);
    return told;
  }
}

async function rest(stream: Stream): Promise<Told[]> {
  const all: Told[] = [];
  for (let one = await next(stream); one; one = await next(stream)) all.push(one);
  return all;
}

const brief = (told: readonly (Told | undefined)[]) =>
  told.map((one) => [one?.sequence_number, one?.type.replace("response.", "")]);

/** What a client has that puts all pieces together. */
const joined = (told: readonly Told[], index = 0) =>
  told
    .filter((one) => one.output_index === index)
    .reduce((text, { delta = "" }) => text + delta, "");

describe("a stream of a response", () => {
  test("tells of a result by numbers that stay", async () => {
    const { id } = await tenant.create({ kind: "echo", input: "grüße" }, "?sync=true");
    const told = await rest(await open(id));
    expect(brief(told)).toEqual([
      [0, "created"],
      [1, "in_progress"],
      [2, "output_item.added"],
      [3, "content_part.added"],
      // By the bytes of its text.
      [10, "output_text.delta"],
      [11, "output_text.done"],
      [12, "content_part.done"],
      [13, "output_item.done"],
      [14, "completed"],
    ]);
    expect(told[0]?.response).toMatchObject({ status: "in_progress", output: [] });
    expect(told[5]?.text).toBe("grüße");
    expect(told.at(-1)?.response?.output[0]?.content[0]?.text).toBe("grüße");
    for (const { sequence_number: after } of told) {
      const later = told.filter((one) => one.sequence_number > after);
      expect(await rest(await open(id, after))).toEqual(later);
    }
  });

  test.each([
    ["fail", "failed", { code: "server_error", message: "x: y" }],
    ["hang", "cancelled", { code: "server_error" }],
  ])("tells at %s that the response is %s", async (outcome, status, error) => {
    const input = { outcome, code: "x", message: "y" };
    const { id } = await tenant.create({ kind: "simulate", input });
    const stream = await open(id);
    if (outcome === "hang") {
      await tenant.send(`/api/openai/v1/responses/${id}/cancel`, { method: "POST" });
    }
    const told = await rest(stream);
    expect(brief(told)).toEqual([
      [0, "created"],
      [1, "in_progress"],
      [4, "failed"],
    ]);
    expect(told.at(-1)?.response).toMatchObject({ status, error, output: [] });
  });

  test("tells of text as the work writes it, and resumes anywhere by the same numbers", async () => {
    const writer = await Writer.begin();
    const stream = await open(writer.id);
    await writer.write("one 😀");
    const told: (Told | undefined)[] = [];
    while (told.at(-1)?.delta === undefined) told.push(await next(stream));
    expect(brief(told)).toEqual([
      [0, "created"],
      [1, "in_progress"],
      [2, "output_item.added"],
      [3, "content_part.added"],
      [11, "output_text.delta"],
    ]);
    await writer.write(" two");
    told.push(await next(stream));
    expect(told.at(-1)).toMatchObject({ sequence_number: 15, delta: " two" });
    // While it runs, in the middle.
    const early = await open(writer.id, 11);
    expect(await next(early)).toEqual(told.at(-1));
    await early.leave();
    await writer.write("!");
    await writer.end('"one 😀 two!"');
    told.push(...(await rest(stream)));
    expect(joined(told as Told[])).toBe("one 😀 two!");
    expect(brief(told).slice(-5)).toEqual([
      [16, "output_text.delta"],
      [17, "output_text.done"],
      [18, "content_part.done"],
      [19, "output_item.done"],
      [20, "completed"],
    ]);
    expect(told.at(-1)?.response?.output).toHaveLength(1);
    // Whoever comes later is told of larger pieces, and resumes at the same numbers.
    expect(joined(await rest(await open(writer.id)))).toBe("one 😀 two!");
    const late = await rest(await open(writer.id, 11));
    expect(late[0]).toMatchObject({ sequence_number: 16, delta: " two!" });
    expect(late.slice(1)).toEqual(told.slice(-4));
  });

  test("goes on over a restart of the object", async () => {
    const writer = await Writer.begin();
    const stream = await open(writer.id);
    await writer.write("one ");
    const told: (Told | undefined)[] = [];
    while (told.at(-1)?.delta === undefined) told.push(await next(stream));
    await abortAllDurableObjects();
    await writer.write("two ");
    await writer.write("three");
    await writer.end("null");
    told.push(...(await rest(stream)));
    expect(joined(told as Told[])).toBe("one two three");
    expect(brief(told).slice(-4)).toEqual([
      [17, "output_text.done"],
      [18, "content_part.done"],
      [19, "output_item.done"],
      [20, "completed"],
    ]);
  });

  test.each([
    // What goes on with what was written is the same message.
    ["a", '"ab"', ["ab"]],
    ["a", "null", ["a"]],
    ["a", '{"tokens":1}', ["a", '{"tokens":1}']],
    ['{"a":1}', '{"a":1}', ['{"a":1}']],
  ])("tells of output %j and the result %s as %j", async (output, result, texts) => {
    const writer = await Writer.begin();
    const stream = await open(writer.id);
    await writer.write(output);
    await writer.end(result);
    const told = await rest(stream);
    const said = told.at(-1)?.response?.output.map(({ content }) => content[0]?.text);
    expect(said).toEqual(texts);
    expect(texts.map((_, index) => joined(told, index))).toEqual(texts);
    const numbers = told.map(({ sequence_number: number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // What comes at once later is told in larger pieces.
    const again = await rest(await open(writer.id));
    for (const { sequence_number: after } of again) {
      const later = again.filter((one) => one.sequence_number > after);
      expect(await rest(await open(writer.id, after))).toEqual(later);
    }
  });

  test("says so where what it told of is written anew, at once and to whoever resumes", async () => {
    const writer = await Writer.begin();
    await writer.write("lost");
    const stream = await open(writer.id);
    const told: (Told | undefined)[] = [];
    while (told.at(-1)?.delta === undefined) told.push(await next(stream));
    expect(told.at(-1)?.sequence_number).toBe(7);
    await writer.lose();
    const wanted = { type: "error", code: "server_error", message: /lost.*written again/ };
    const broken = await rest(stream);
    expect(broken).toMatchObject([{ ...wanted, message: expect.stringMatching(wanted.message) }]);
    expect(broken[0]?.sequence_number).toBeGreaterThan(7);
    await writer.write("anew");
    for (const isOver of [false, true]) {
      if (isOver) await writer.end("null");
      expect(brief(await rest(await open(writer.id, 7)))).toEqual([[expect.any(Number), "error"]]);
    }
    const whole = await rest(await open(writer.id));
    expect(joined(whole)).toBe("anew");
    // By numbers that no other attempt's text has.
    expect(whole.find(({ delta }) => delta !== undefined)?.sequence_number).toBe(stride + 7);
    expect(await rest(await open(writer.id, stride + 7))).toEqual(whole.slice(5));
  });

  test("of what has failed ends with the failure, whatever it wrote", async () => {
    const writer = await Writer.begin();
    await writer.write("part");
    const stream = await open(writer.id);
    const json = { force: true };
    await tenant.send(`/api/v1/operations/${writer.id}:cancel`, { method: "POST", json });
    const told = await rest(stream);
    expect(told.at(-1)?.type).toBe("response.failed");
    expect(await rest(await open(writer.id, told.at(-2)?.sequence_number))).toEqual(told.slice(-1));
  });

  test("leaves out what is more than 1 MiB, and says that the response is incomplete", async () => {
    const writer = await Writer.begin();
    const stream = await open(writer.id);
    for (let at = 0; at < 9; at++) await writer.write("0123456789abcdef".repeat(8 * 1024));
    await writer.end("null");
    const told = await rest(stream);
    const last = told.at(-1);
    expect(last?.type).toBe("response.incomplete");
    expect(last?.response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
    expect(joined(told).length).toBe(1024 * 1024);
    expect(last?.response?.output[0]?.content[0]?.text === joined(told)).toBe(true);
    expect(joined(await rest(await open(writer.id)))).toBe(joined(told));
  });

  test("leaves out what is more than 2 MiB as JSON, by numbers that stay", async () => {
    const writer = await Writer.begin();
    const stream = await open(writer.id);
    for (let at = 0; at < 8; at++) await writer.write("\u0001".repeat(128 * 1024));
    await writer.end("7");
    const told = await rest(stream);
    const numbers = told.map(({ sequence_number: number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    const last = told.at(-1);
    const response = await tenant.send(`/api/openai/v1/responses/resp_${writer.id}`);
    const text = await response.text();
    expect(text.length).toBeLessThan(2 * 1024 * 1024 + 4_096);
    const whole = JSON.parse(text) as NonNullable<Told["response"]>;
    expect(whole.status).toBe("incomplete");
    expect(whole.output.length).toBe(1);
    expect([last?.type, last?.sequence_number]).toEqual(["response.incomplete", 3 + 2 ** 20 + 4]);
    expect(JSON.stringify(last?.response) === text).toBe(true);
    const again = await rest(await open(writer.id));
    expect(joined(again) === whole.output[0]?.content[0]?.text).toBe(true);
    expect(JSON.stringify(again.at(-1)) === JSON.stringify(last)).toBe(true);
  });
});

describe("placeOf", () => {
  test.each([
    [-1, 1, { offset: 0 }],
    [3, 1, { offset: 0 }],
    [4, 0, { attempt: 1, offset: 1 }],
    [4, 1, { attempt: 1, offset: 1 }],
    [stride + 3, 2, { attempt: 1, offset: stride }],
    [stride + 4, 2, { attempt: 2, offset: 1 }],
    [stride + 4, 1, { attempt: 1, offset: stride + 1 }],
    [7, 3, { attempt: 1, offset: 4 }],
  ])("of %i at attempt %i is %j", (number, attempt, place) => {
    expect(placeOf(number, { attempt })).toEqual(place);
  });
});
