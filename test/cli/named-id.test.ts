import { describe, expect, it } from "vitest";
import { idOf } from "../../src/cli/named-id.ts";
import type { Session } from "../../src/cli/session.ts";
import { type Operation, OperationsClient } from "../../src/client/index.ts";

const made = Date.UTC(2026, 10, 26);
/** Two of one millisecond, and one of the next. */
const ids = [
  "01m9jv6m000000000aaaaaaaaaaaaa",
  "01m9jv6m000001000bbbbbbbbbbbbb",
  "01m9jv6m010000000ccccccccccccc",
];

const session = { signal: new AbortController().signal } as Session;

/** A client of a service that has some operations, newest first, and the queries that it was asked. */
function clientOf(known: readonly string[]) {
  const asked: URLSearchParams[] = [];
  const client = new OperationsClient({
    url: "http://localhost:1",
    token: "t",
    fetch: async (url) => {
      asked.push(new URL(url).searchParams);
      const operations = known.map((id) => ({ id, kind: "echo", status: "running" }) as Operation);
      return Response.json({ operations });
    },
  });
  return { client, asked };
}

describe("idOf", () => {
  it.each([[ids[0] ?? ""], ["nope"], [""], ["01M9"], ["a-b"], [`${ids[0]}x`]])(
    "takes %j as it is, without a request",
    async (id) => {
      const { client, asked } = clientOf(ids);
      expect(await idOf(session, client, id)).toBe(id);
      expect(asked).toEqual([]);
    },
  );

  it("finds the one that begins so among those that were made then", async () => {
    const { client, asked } = clientOf(ids);
    expect(await idOf(session, client, "01m9jv6m000001")).toBe(ids[1]);
    const from = asked[0]?.get("createdAfter") ?? "";
    const to = asked[0]?.get("createdBefore") ?? "";
    expect(Date.parse(to) - Date.parse(from)).toBe(2);
    expect(from.slice(0, 4)).toBe(new Date(made).toISOString().slice(0, 4));
  });

  it("asks no time that cannot be written", async () => {
    const { client, asked } = clientOf([]);
    for (const given of ["0", "zzz"]) {
      await expect(idOf(session, client, given)).rejects.toMatchObject({ status: 1 });
    }
    for (const query of asked) {
      expect(query.get("createdAfter")).toMatch(/^[0-9]{4}-/);
      expect(query.get("createdBefore")).toMatch(/^[0-9]{4}-/);
    }
  });

  it("tells the candidates of one that fits several", async () => {
    await expect(idOf(session, clientOf(ids).client, "01m9jv6m00")).rejects.toMatchObject({
      status: 1,
      message: `Cannot tell which operation "01m9jv6m00" is: ${ids[0]} (echo, running), ${ids[1]} (echo, running). Use more of its id`,
    });
    const many = Array.from({ length: 20 }, (_, at) => `01m9jv6m0000${at + 10}000bbbbbbbbbbbbb`);
    const refused = idOf(session, clientOf(many).client, "01m9");
    await expect(refused).rejects.toThrow(/(\S+ \(echo, running\)(, | and more)){5}/);
    await expect(refused).rejects.not.toThrow(many[5]);
  });

  it("says so where none begins so", async () => {
    await expect(idOf(session, clientOf(ids).client, "01m8")).rejects.toMatchObject({
      status: 1,
      message: 'Cannot find an operation whose id begins with "01m8"',
    });
  });
});
