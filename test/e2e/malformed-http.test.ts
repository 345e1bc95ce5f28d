import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventually } from "../eventually.ts";
import { serving } from "./serving.ts";

const token = "Authorization: Bearer test-token\r\n";
const on = serving();

/** Sends a text as it is, and reads all that comes back until the connection is closed. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(on.served.url).port), "127.0.0.1");
  const pieces: Buffer[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(pieces).toString();
}

function parts(answer: string) {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return { head, problem: JSON.parse(body) as { error: { code: string }; type: string } };
}

describe("a request that is not HTTP as it should be", () => {
  const heads = [
    ["two hosts", "Host: a\r\nHost: b"],
    ["a host with a blank", "Host: a b"],
    ["a host that is an escape", "Host: %00"],
    ["a port that is none", "Host: a:99999"],
    ["a host with a user and a path", "Host: u@b/c"],
    ["a host that is none", "Host: localhost*"],
  ];

  test.each(heads)("with %s is 400, as a problem with an id and a line", async (_, host) => {
    for (const path of ["/api/v1/kinds", "/", "/problems/internal", "/static/"]) {
      const { head, problem } = parts(
        await raw(`GET ${path} HTTP/1.1\r\n${host}\r\n${token}Connection: close\r\n\r\n`),
      );
      expect(head).toMatch(/^HTTP\/1.1 400 /);
      expect(problem).toMatchObject({
        type: "/problems/malformed-request",
        error: { code: "malformed-request" },
      });
      const id = /x-request-id: (\S+)/.exec(head)?.[1] ?? "none";
      await eventually(() => {
        const line = on.served.stderr.find((text) => text.includes(id));
        expect(JSON.parse(line ?? "{}")).toMatchObject({ message: "request", status: 400 });
      });
    }
  });

  test.each([
    ["that are malformed", "ZZ\r\n{}\r\n0\r\n\r\n"],
    ["that are longer than they say", "2\r\n{}{}\r\n0\r\n\r\n"],
  ])("with chunks %s is 400, and no reason to come back", async (_, chunks) => {
    const { head, problem } = parts(
      await raw(
        `POST /api/v1/operations HTTP/1.1\r\nHost: localhost\r\n${token}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}`,
      ),
    );
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(head).not.toMatch(/retry-after/i);
    expect(problem.error.code).toBe("malformed-request");
  });

  test("leads from / to the page by a path, whatever Host says", async () => {
    const answer = await raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/\r\nlocation: \/static\/\r\n/i);
    expect(answer).not.toContain("evil");
  });
});

describe("a body that nobody wants", () => {
  const refusals: [string, string, number, string][] = [
    ["/api/v1/operations", "test-token", 413, "payload-too-large"],
    ["/api/v1/operations", "wrong", 401, "unauthenticated"],
    ["/api/v1/none", "test-token", 404, "not-found"],
    ["/api/v1/kinds", "test-token", 405, "method-not-allowed"],
    ["/api/proxy/none/x", "test-token", 404, "not-found"],
  ];

  test.each(refusals)("is read on until %s can say why (%s: %i)", async (path, bearer, ...want) => {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    for (const size of [2_000_000, 12_000_000]) {
      // fetch writes the whole body before it reads an answer.
      const response = await fetch(on.served.url + path, {
        method: "POST",
        headers,
        body: new Uint8Array(size),
      });
      const { error } = (await response.json()) as { error: { code: string } };
      expect([response.status, error.code]).toEqual(want);
    }
  });

  test("is read on for who reads no answer before all of it is written", async () => {
    const socket = connect(Number(new URL(on.served.url).port), "127.0.0.1");
    const lost = once(socket, "error").then(([error]) => Promise.reject(error));
    const size = 12_000_000;
    socket.write(
      `POST /api/v1/operations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`,
    );
    const write = async () => {
      for (let left = size; left > 0; left -= 1_000_000) {
        socket.write(new Uint8Array(1_000_000));
        // What the other side has closed shows itself once there was time to hear of it.
        await setTimeout(20);
        if (socket.writableNeedDrain) await once(socket, "drain");
      }
    };
    await Promise.race([write(), lost]);
    const pieces: Buffer[] = [];
    socket.on("data", (piece) => pieces.push(piece));
    await Promise.race([once(socket, "close"), lost]);
    expect(Buffer.concat(pieces).toString()).toMatch(/^HTTP\/1.1 401 /);
  });

  test("is read on where it says no length, too", async () => {
    const piece = new Uint8Array(1_000_000);
    let left = 12;
    const body = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(piece);
        else controller.close();
      },
    });
    const headers = { authorization: "Bearer test-token", "content-type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await fetch(`${on.served.url}/api/v1/operations`, init as RequestInit);
    expect(response.status).toBe(413);
  });
});
