import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ErrorCode, errors, failure, invalid } from "../../src/core/errors.ts";
import { problem } from "../../src/edge/problem.ts";
import { captureLog } from "./log-lines.ts";
import { expectProblem } from "./refused.ts";
import { origin, send, Tenant } from "./tenant.ts";

const codes = Object.keys(errors) as ErrorCode[];
const exchange = {
  pages: `${origin}/problems`,
  dialect: undefined,
  url: new URL(`${origin}/api/v1/operations?secret=x`),
};

beforeEach(() => {
  captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("problem", () => {
  test.each(codes)("%s has its status, its type and no numeric status member", async (code) => {
    const response = problem(exchange, failure(code, "Cannot do that"));
    const body = await expectProblem(response, code);
    expect(Object.keys(body)).toEqual(["type", "title", "detail", "instance", "error"]);
    expect(body.instance).toBe("/api/v1/operations");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { status } = errors[code];
    expect(response.headers.has("retry-after")).toBe(status === 429 || status === 503);
    expect(response.headers.get("x-should-retry")).toBe(status === 409 ? "false" : null);
    expect(response.headers.has("www-authenticate")).toBe(status === 401);
  });

  test.each(codes)("the type of %s leads to a page about it", async (code) => {
    const { type, title } = await expectProblem(problem(exchange, failure(code, "Cannot do it")));
    const page = await send(type);
    expect(page.status).toBe(200);
    expect(await page.json()).toEqual({ code, title, status: errors[code].status });
  });

  test.each(["", "none", "constructor", "__proto__", "not-found/extra", "NOT-FOUND"])(
    "/problems/%s is 404",
    async (code) => {
      await expectProblem(await send(`/problems/${code}`), "not-found");
    },
  );

  test("is under PUBLIC_URL where that is set, as every other URL is", async () => {
    const tenant = await Tenant.make();
    const config = { PUBLIC_URL: "https://public.test/" };
    const response = await tenant.send("/api/v1/operations/none", { config });
    expect(await response.json()).toMatchObject({
      type: "https://public.test/problems/operation-not-found",
    });
    const created = await tenant.post({ kind: "echo" }, "", { config });
    const { links } = (await created.json()) as { links: Record<string, string> };
    const location = created.headers.get("operation-location") ?? "";
    for (const url of [...Object.values(links), location]) {
      expect(url).toMatch(/^https:\/\/public\.test\/api\/v1\/operations\/\w+/);
    }
  });

  test("quotes what a client sent in bounds, and as one line of plain text", async () => {
    const tenant = await Tenant.make();
    const kind = `\u001b[31m\n\u2028${"x".repeat(100)}`;
    const { detail } = await expectProblem(await tenant.post({ kind }), "kind-not-found");
    expect(detail.length).toBeLessThan(200);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in it
    expect(detail).not.toMatch(/[\u0000-\u001f\u2028]/);
  });

  test("names the first wrong field in its detail, and all of them in errors", async () => {
    const fields = [
      { path: "a.b", message: "want this" },
      { path: "c", message: "want that" },
    ];
    const body = await expectProblem(problem(exchange, invalid(fields)), "validation-failed");
    expect([body.detail, body.errors]).toEqual(["a.b: want this", fields]);
  });
});

describe("DELETE and cancel", () => {
  test.each([
    ["DELETE", "", "operation-active"],
    ["DELETE", '"7"', "precondition-failed"],
    ["POST", '"7"', "precondition-failed"],
    ["DELETE", '"another"', "precondition-failed"],
    ["POST", "1", "precondition-failed"],
    ["POST", '"1,"', "precondition-failed"],
    ["DELETE", '"1", "7"', "validation-failed"],
    ["POST", '"1", "7"', "validation-failed"],
    ["DELETE", "*", "operation-active"],
  ] as const)("%s of an active operation with If-Match %s is %s", async (method, tag, code) => {
    const tenant = await Tenant.make();
    const { id } = await tenant.create({ kind: "echo", startAfter: "1h" });
    const path = `/api/v1/operations/${id}${method === "POST" ? ":cancel" : ""}`;
    const response = await tenant.send(path, { method, headers: { "if-match": tag } });
    await expectProblem(response, code);
    if (code === "operation-active") expect(response.headers.get("x-should-retry")).toBe("false");
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "pending", version: 1 });
  });

  test("DELETE of a finished one is 204, and then 404", async () => {
    const tenant = await Tenant.make();
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const path = `/api/v1/operations/${id}`;
    const headers = { "if-match": '"2"' };
    const deleted = await tenant.send(path, { method: "DELETE", headers });
    expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
    await expectProblem(await tenant.send(path, { method: "DELETE" }), "operation-not-found");
    await expectProblem(await tenant.send(`${path}/result`), "operation-not-found");
    expect(await tenant.ids()).toEqual([]);
  });
});
