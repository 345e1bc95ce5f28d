import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog } from "../../edge/log-lines.ts";
import { expectProblem } from "../../edge/refused.ts";
import { monitorOf, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";
import { Stream, watch } from "./watching/watching.ts";

/** Numbers that JSON.parse and JSON.stringify would change, as they are kept. */
const numbers =
  '{"id":9007199254740993,"f":1e400,"all":[1.0,-0,1E5,0.10000000000000000001,-12.50,1e-400]}';
/** The same as a client may write it. */
const spaced = numbers.replaceAll(/[,:[{](?!\d+")/g, "$& ").replace("}", "\n}");

let tenant: Tenant;
let sent: string[];

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  captureLog();
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    if (String(url).startsWith("https://up.test/")) {
      return new Response(numbers, { headers: { "content-type": "application/json" } });
    }
    sent.push(String(init?.body));
    return new Response(null, { status: 202 });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function post(path: string, body: string, method = "POST"): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return tenant.send(path, { method, headers, body });
}

const operations = "/api/v1/operations";

async function textOf(path: string): Promise<string> {
  return (await tenant.send(path)).text();
}

async function charged(body = `{"kind":"charge","input":${spaced}}`): Promise<string> {
  const response = await post(operations, body);
  expect(response.status).toBe(202);
  return (await monitorOf(response)).id;
}

/** The text of the next claim. */
async function claim(): Promise<string> {
  return (await post(`${operations}:claim`, '{"kinds":["charge"]}')).text();
}

describe("numbers come back as the text that they were", () => {
  test("of an input, where it is read and where it is claimed", async () => {
    const id = await charged();
    expect(await textOf(`${operations}/${id}/input`)).toBe(`{"input":${numbers}}`);
    expect(await claim()).toContain(`"input":${numbers}`);
  });

  test.each(["9007199254740993", "1e400", "1.0", "-0", "[1E5]"])(
    "of an input that is %s alone",
    async (text) => {
      const id = await charged(`{"kind":"charge","input":${text}}`);
      expect(await textOf(`${operations}/${id}/input`)).toBe(`{"input":${text}}`);
    },
  );

  test("of metadata, in every monitor: the create's, a list's, a stream's and a frame's", async () => {
    const body = `{"kind":"charge","metadata":${spaced}}`;
    const made = await (await post(operations, body)).text();
    const { id } = JSON.parse(made) as { id: string };
    const metadata = `"metadata":${numbers}`;
    expect(made).toContain(metadata);
    expect(await textOf(`${operations}/${id}`)).toContain(metadata);
    expect(await textOf(operations)).toContain(metadata);
    expect(await (await post(`${operations}:batchGet`, `{"ids":["${id}"]}`)).text()).toContain(
      metadata,
    );
    const stream = await Stream.open(tenant, `/operations/${id}/events`);
    expect((await stream.next())?.data).toContain(metadata);
    await stream.leave();
    const { texts, socket } = await watch(tenant, `/operations/${id}/watch`);
    await eventually(() => expect(texts[0]).toContain(metadata));
    socket.close();
  });

  test("of each entry of a batch", async () => {
    const entry = `{"kind":"charge","input":${spaced},"metadata":${spaced}}`;
    const body = `{"operations":[${entry},{"kind":"charge","input":[2.0]},{"kind":"charge"}]}`;
    const made = await (await post(`${operations}:batchCreate`, body)).text();
    expect(made).toContain(`"metadata":${numbers}`);
    const [first, second, third] = (JSON.parse(made) as { operations: { id: string }[] })
      .operations;
    expect(await textOf(`${operations}/${first?.id}/input`)).toBe(`{"input":${numbers}}`);
    expect(await textOf(`${operations}/${second?.id}/input`)).toBe('{"input":[2.0]}');
    expect(await textOf(`${operations}/${third?.id}/input`)).toBe("{}");
  });

  test("of a result, in the monitor and by itself, and in a webhook", async () => {
    const id = await charged('{"kind":"charge","webhook":"https://hook.test/"}');
    await claim();
    const ended = await post(`${operations}/${id}:complete`, `{"attempt":1,"result":${spaced}}`);
    expect(await ended.text()).toContain(`"result":${numbers}`);
    expect(await textOf(`${operations}/${id}/result`)).toBe(numbers);
    expect(await textOf(`${operations}/${id}?wait=1s`)).toContain(`"result":${numbers}`);
    await eventually(() => expect(sent[0]).toContain(`"result":${numbers}`));
  });

  test("of the metadata of a report, and the details of a failure", async () => {
    const id = await charged();
    await claim();
    const report = `{"attempt":1,"metadata":${spaced}}`;
    const reported = await post(`${operations}/${id}`, report, "PATCH");
    expect(await reported.text()).toContain(`"metadata":${numbers}`);
    const error = `{"code":"no","message":"","details":${spaced}}`;
    const failed = `{"attempt":1,"retryable":false,"error":${error}}`;
    expect(await (await post(`${operations}/${id}:fail`, failed)).text()).toContain(
      `"details":${numbers}`,
    );
    expect(await textOf(`${operations}/${id}`)).toContain(`"details":${numbers}`);
  });

  test("of an upstream's answer", async () => {
    const headers = { prefer: "wait=20" };
    const answer = await tenant.send("/api/proxy/up/", { headers });
    expect(await answer.text()).toBe(numbers);
    expect(await textOf(operations)).toContain(`"result":${numbers}`);
  });

  test("of a document of the wire of 2014", async () => {
    const path = "/api/v1beta1/services";
    const body = `{"id":"a","own":${spaced}}`;
    const made = await (await post(`${path}?sync=true`, body)).text();
    expect(made).toContain(`"own":${numbers}`);
    expect(await textOf(`${path}/a`)).toContain(`"own":${numbers}`);
    expect(await textOf(path)).toContain(`"own":${numbers}`);
    const put = body.replace("993", "995");
    const changed = await (await post(`${path}/a?sync=true`, put, "PUT")).text();
    expect(changed).toContain(`"own":${numbers.replace("993", "995")}`);
  });

  test("with all else as ever: the last of two members, escapes, lone surrogates", async () => {
    const id = await charged(
      '{"kind":"charge","input":{"a":1.0,"\\u00e9":"\\/\\ud800","9":0,"a":{"b":2.0}}}',
    );
    const kept = '{"input":{"9":0,"a":{"b":2.0},"é":"/\\ud800"}}';
    expect(await textOf(`${operations}/${id}/input`)).toBe(kept);
  });

  test.each([
    ["__proto__", '{"kind":"charge","input":{"a":1.0,"__proto__":1}}'],
    ["depth", `{"kind":"charge","input":${"[".repeat(64)}1.0${"]".repeat(64)}}`],
  ])("and what is refused stays refused: %s", async (_, body) => {
    await expectProblem(await post(operations, body), "validation-failed");
    expect(await tenant.ids()).toEqual([]);
  });

  test.each([
    [`${"1e20,".repeat(3_270)}1`, 202],
    [`${"1.000000000,".repeat(1_400)}1`, 400],
  ])("the limit of metadata is held against what is kept", async (items, status) => {
    const body = `{"kind":"charge","metadata":{"":[${items}]}}`;
    expect((await post(operations, body)).status).toBe(status);
  });
});

describe("a kind in code", () => {
  const wrong = [
    ['{"id":9007199254740993}', "input.id"],
    ["[0,[9007199254740993.0]]", "input[1][0]"],
    ['{"a":[{"f":-1e400}]}', "input.a[0].f"],
    ["1e400", "input"],
  ] as const;

  test.each(wrong)("refuses %s, which a double changes, at %s", async (input, path) => {
    const body = `{"kind":"echo","input":${input}}`;
    const refused = await expectProblem(await post(operations, body), "validation-failed");
    expect(refused.errors?.map((error) => error.path)).toEqual([path]);
    const inBatch = await post(`${operations}:batchCreate`, `{"operations":[${body}]}`);
    expect(await inBatch.json()).toMatchObject({
      operations: [{ error: { errors: [{ path: `operations[0].${path}` }] } }],
    });
    expect(await tenant.ids()).toEqual([]);
  });

  test("takes fractions, which are rounded, and shows its input as it was", async () => {
    const input = "[0.10000000000000000001,1.0,1e-400,1E5,-0,6.02214076e23]";
    const response = await post(`${operations}?sync=true`, `{"kind":"echo","input":${input}}`);
    expect(response.status).toBe(200);
    const { id, result } = await monitorOf(response);
    expect(result).toEqual([0.1, 1, 0, 100_000, 0, 6.02214076e23]);
    expect(await textOf(`${operations}/${id}/input`)).toBe(`{"input":${input}}`);
  });

  test("keeps its metadata whatever its numbers", async () => {
    const body = `{"kind":"echo","metadata":${numbers}}`;
    expect(await (await post(operations, body)).text()).toContain(`"metadata":${numbers}`);
  });

  test("is not given an answer that a double changes, and asks for it still", async () => {
    const body = '{"kind":"simulate","input":{"outcome":"ask"}}';
    const { id } = await monitorOf(await post(operations, body));
    const status = async () => (await tenant.get(`/operations/${id}`)).status;
    await eventually(async () => expect(await status()).toBe("input_required"));
    for (const [answer, path] of wrong) {
      const response = await post(`${operations}/${id}:input`, answer);
      const refused = await expectProblem(response, "validation-failed");
      const place = path.replace(/^input\.?/, "");
      expect(refused.errors?.map((error) => error.path)).toEqual([place]);
    }
    expect(await status()).toBe("input_required");
    expect((await post(`${operations}/${id}:input`, "[1.0,0.10000000000000000001]")).status).toBe(
      200,
    );
    expect(await tenant.get(`/operations/${id}?wait=10s`)).toMatchObject({
      result: { answer: [1, 0.1] },
    });
  });
});
