import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { maxBehind } from "../../../../src/map/output-reader.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { send, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { Stream } from "./watching.ts";
import { bytesOf, events, Writer } from "./writer.ts";

freshTenant();

const lastId = (id: string) => ({ headers: { ...events.headers, "last-event-id": id } });

/** What comes next of a stream that is not a comment, its data read. */
async function told(stream: Stream) {
  for (;;) {
    const block = await stream.block();
    if (!block) return undefined;
    if (block.data === undefined) continue;
    return [block.event, block.id, JSON.parse(block.data)];
  }
}

async function waiters(count: number): Promise<void> {
  await eventually(async () => expect((await tenant.stats()).waiters).toBe(count));
}

describe("GET /operations/{id}/output", () => {
  test("gives plain bytes as they come, and ends with the operation", async () => {
    const writer = await Writer.begin();
    await writer.write("one ");
    const response = await writer.read();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store, no-transform",
      "output-offset": "0",
      "output-attempt": "1",
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("one ");
    await waiters(1);
    await writer.write("two ");
    expect((await reader?.read())?.value).toBe("two ");
    await evictDurableObject(tenant.object());
    await writer.write("three");
    expect((await reader?.read())?.value).toBe("three");
    await writer.end();
    expect((await reader?.read())?.done).toBe(true);
    await waiters(0);
  });

  test("is linked once there is some, and may end without any", async () => {
    const writer = await Writer.begin();
    expect((await tenant.get(`/operations/${writer.id}`)).links.output).toBeUndefined();
    await writer.write("x");
    const { links } = await tenant.get(`/operations/${writer.id}`);
    expect(links.output).toBe(`https://edge.test${writer.path}`);
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const none = await tenant.send(`/api/v1/operations/${id}/output`);
    expect([none.status, await none.text()]).toEqual([200, ""]);
  });

  test.each([
    ["?after=2", "cd", "2"],
    ["?after=1-2", "cd", "2"],
    ["?after=4", "", "4"],
    ["?after=99", "", "4"],
  ])("goes on with %s", async (query, text, offset) => {
    const writer = await Writer.begin();
    await writer.write("abcd");
    await writer.end();
    const response = await writer.read(query);
    expect(response.headers.get("output-offset")).toBe(offset);
    expect(await response.text()).toBe(text);
  });

  test("ends with what there is now, if it is not to be followed", async () => {
    const writer = await Writer.begin();
    await writer.write("so far");
    expect(await (await writer.read("?follow=false")).text()).toBe("so far");
    const stream = await writer.stream("?follow=false&after=6");
    expect(await told(stream)).toEqual(["end", "1-6", { offset: 6, status: "running" }]);
    expect(await stream.block()).toBeUndefined();
    await expectProblem(await writer.read("?follow=no"), "validation-failed");
    await waiters(0);
  });

  test("has an ETag once it is whole, and tells HEAD what it would tell GET", async () => {
    const writer = await Writer.begin();
    await writer.write("abcd");
    const before = await writer.read("", { method: "HEAD" });
    expect([before.headers.get("etag"), await before.text()]).toEqual([null, ""]);
    await writer.end();
    const etag = (await writer.read("", { method: "HEAD" })).headers.get("etag") ?? "";
    expect((await writer.read("", { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await writer.read("", { headers: { "if-none-match": '"0"' } })).status).toBe(200);
  });

  test("refuses what it does not know", async () => {
    const { id } = await Writer.begin();
    const path = `/api/v1/operations/${id}/output`;
    for (const query of ["?after=-1", "?after=1-2-3", "?after=", "?from=1", "?after=1&after=2"]) {
      await expectProblem(await tenant.send(`${path}${query}`), "validation-failed");
    }
    const gone = await tenant.send(`/api/v1/operations/${"0".repeat(30)}/output`);
    await expectProblem(gone, "operation-not-found");
    expect((await send(path)).status).toBe(401);
  });

  test("counts among those who wait", async () => {
    const writer = await Writer.begin();
    const response = await writer.read();
    await waiters(1);
    await response.body?.cancel();
    await waiters(0);
  });

  test("breaks off where plain bytes would have to be taken back, and says where it goes on", async () => {
    const writer = await Writer.begin();
    await writer.write("wrong");
    const reader = (await writer.read()).body?.getReader();
    await reader?.read();
    const next = reader?.read();
    await waiters(1);
    await writer.lose();
    await expect(next).rejects.toThrow("written again");
    await writer.write("right, and longer");
    await writer.end();
    const again = await writer.read("?after=1-5");
    expect([again.headers.get("output-offset"), await again.text()]).toEqual([
      "0",
      "right, and longer",
    ]);
  });
});

describe("GET /operations/{id}/output as events", () => {
  test("tells offsets, resets and the end, and nothing to who has seen it", async () => {
    const writer = await Writer.begin();
    const stream = await writer.stream();
    await writer.write("a\r\nb");
    expect(await told(stream)).toEqual(["output", "1-4", { offset: 0, text: "a\r\nb" }]);
    await writer.lose();
    expect(await told(stream)).toEqual(["reset", "2-0", { offset: 0 }]);
    await writer.write("c");
    expect(await told(stream)).toEqual(["output", "2-1", { offset: 0, text: "c" }]);
    await writer.end();
    expect(await told(stream)).toEqual(["end", "2-1", { offset: 1, status: "succeeded" }]);
    expect(await stream.block()).toBeUndefined();
    expect((await writer.read("", lastId("2-1"))).status).toBe(204);
    // Who was cut off before the reset is told of it now.
    const late = await writer.stream("", lastId("1-3"));
    expect(await told(late)).toEqual(["reset", "2-0", { offset: 0 }]);
    expect(await told(late)).toEqual(["output", "2-1", { offset: 0, text: "c" }]);
  });

  test("ends for who has seen all of nothing", async () => {
    const writer = await Writer.begin();
    await writer.end();
    const stream = await writer.stream();
    expect(await told(stream)).toEqual(["end", "1-0", { offset: 0, status: "succeeded" }]);
    expect((await writer.read("", lastId("1-0"))).status).toBe(204);
  });

  test("never splits a character, and tells what is no text as base64", async () => {
    const writer = await Writer.begin();
    const stream = await writer.stream();
    const [a = 0, b = 0, c = 0, d = 0] = bytesOf("😀");
    await writer.write(new Uint8Array([0x21, a, b]));
    expect(await told(stream)).toEqual(["output", "1-1", { offset: 0, text: "!" }]);
    await writer.write(new Uint8Array([c, d]));
    expect(await told(stream)).toEqual(["output", "1-5", { offset: 1, text: "😀" }]);
    await writer.write(new Uint8Array([0xff, 0xfe]));
    expect(await told(stream)).toEqual(["output", "1-7", { offset: 5, base64: "//4=" }]);
    await writer.write(new Uint8Array([a]));
    await writer.end();
    expect(await told(stream)).toEqual(["output", "1-8", { offset: 7, base64: "8A==" }]);
  });

  test("opens to a ticket in the query, for its own operation", async () => {
    const secret = { config: { TICKET_SECRET: "s".repeat(32) } };
    const writer = await Writer.begin();
    const other = await Writer.begin();
    const made = await tenant.send(`/api/v1/operations/${writer.id}:tickets`, {
      method: "POST",
      ...secret,
    });
    const { ticket } = (await made.json()) as { ticket: string };
    const config = { TOKENS: tenant.tokens, ...secret.config };
    const read = (path: string) => send(`${path}?ticket=${ticket}`, { config, ...events });
    const response = await read(writer.path);
    expect(response.status).toBe(200);
    await response.body?.cancel();
    expect((await read(other.path)).status).toBe(404);
  });
});

describe("PATCH /operations/{id} with output", () => {
  let worker: Tenant;
  beforeEach(async () => {
    worker = await Tenant.make(["read", "work"], tenant.name);
  });
  const patch = (id: string, json: object) =>
    worker.send(`/api/v1/operations/${id}`, { method: "PATCH", json });

  test("adds text and bytes, once however often it is sent, and takes the rest of the report", async () => {
    const writer = await Writer.begin();
    const text = { attempt: 1, output: "é", outputOffset: 0, percentComplete: 50 };
    for (let i = 0; i < 2; i++) expect((await patch(writer.id, text)).status).toBe(200);
    const bytes = { attempt: 1, output: { base64: "/wA=" }, outputOffset: 2 };
    expect((await patch(writer.id, bytes)).status).toBe(200);
    expect((await patch(writer.id, { attempt: 1, output: "!" })).status).toBe(200);
    expect((await tenant.get(`/operations/${writer.id}`)).percentComplete).toBe(50);
    const read = new Uint8Array(await (await writer.read("?follow=false")).arrayBuffer());
    expect([...read]).toEqual([0xc3, 0xa9, 0xff, 0, 0x21]);
  });

  test("refuses what is no output, a gap, too much, and attempts that are not current", async () => {
    const { id } = await Writer.begin();
    for (const output of [1, null, {}, { base64: "?" }, { base64: "A" }, { base64: "", x: 1 }]) {
      await expectProblem(await patch(id, { attempt: 1, output }), "validation-failed");
    }
    const gap = { attempt: 1, output: "x", outputOffset: 5 };
    await expectProblem(await patch(id, gap), "precondition-failed");
    await expectProblem(await patch(id, { attempt: 2, output: "x" }), "stale-attempt");
    expect((await tenant.get(`/operations/${id}`)).version).toBe(2);
  });
});

describe("readers of output", () => {
  test("that do not read cost no more than a window, and miss nothing", async () => {
    const writer = await Writer.begin();
    await writer.write("0");
    const reader = (await writer.read()).body?.getReader();
    await reader?.read();
    const second = reader?.read();
    await waiters(1);
    let expected = "0";
    const piece = (i: number) => String(i % 10).repeat(16 * 1024);
    for (let i = 0; i * 16 * 1024 < 4 * maxBehind; i++) {
      await writer.write(piece(i));
      expected += piece(i);
    }
    await writer.end();
    const decoder = new TextDecoder();
    let read = `0${decoder.decode((await second)?.value)}`;
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      read += decoder.decode(next.value, { stream: true });
    }
    expect(read.length).toBe(expected.length);
    expect(read === expected).toBe(true);
  });

  test("100 that come, go and resume at random read the same bytes, over lost attempts and evictions", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const writer = await Writer.begin();
    let isOver = false;
    const readers = Array.from({ length: 100 }, async (_, index) => {
      let bytes = new Uint8Array();
      let id = "";
      while (!isOver || id !== "end") {
        const response = await writer.read("", id === "" ? events : lastId(id));
        if (response.status === 204) break;
        const stream = new Stream(response);
        let left = 2 + ((index * 7 + bytes.length) % 9);
        for (let next = await told(stream); next; next = await told(stream)) {
          const [event, place, { offset, text = "" }] = next;
          id = place;
          if (event === "end") return bytes;
          expect(bytes.length).toBeGreaterThanOrEqual(offset);
          const kept = bytes.subarray(0, offset);
          bytes = new Uint8Array([...kept, ...bytesOf(text)]);
          if (--left === 0) {
            await stream.leave();
            break;
          }
        }
      }
      return bytes;
    });
    let expected = "";
    for (let round = 0; round < 24; round++) {
      if (round % 9 === 8) {
        await writer.lose();
        expected = "";
      }
      if (round % 10 === 9) await evictDurableObject(tenant.object());
      if (round === 15) await abortAllDurableObjects();
      const text = `${round} ${"é".repeat(round * 40)}\n`;
      await writer.write(text);
      expected += text;
    }
    isOver = true;
    await writer.end();
    for (const bytes of await Promise.all(readers)) {
      expect(new TextDecoder().decode(bytes) === expected).toBe(true);
    }
    await waiters(0);
  });
});
