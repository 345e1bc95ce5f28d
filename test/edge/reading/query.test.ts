import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../../src/dialects/native/native.ts";
import { openApi } from "../../../src/dialects/native/openapi/openapi.ts";
import { parameters } from "../../../src/dialects/native/openapi/parameters.ts";
import { refuseQuery } from "../../../src/edge/reading/query.ts";
import { upgrade } from "../../dialects/native/watching/watching.ts";
import { captureLog } from "../log-lines.ts";
import { expectProblem } from "../refused.ts";
import { Tenant } from "../tenant.ts";

const id = "01m80damnj0000000c2bqxde99d78d";

let tenant: Tenant;

beforeAll(() => {
  captureLog();
});

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
});

describe("refuseQuery", () => {
  const known = ["status", "label", "limit", "pageToken", "wait"];
  const messageOf = (query: string) =>
    refuseQuery(new URLSearchParams(query), known)?.errors?.map(({ path, message }) => [
      path,
      message,
    ]);

  test.each([
    ["labels=a:b", "labels", "did you mean label?"],
    ["lable=a:b", "lable", "did you mean label?"],
    ["states=failed", "states", "did you mean status?"],
    ["page_token=x", "page_token", "did you mean pageToken?"],
    ["PAGETOKEN=x", "PAGETOKEN", "did you mean pageToken?"],
    ["tenant=x", "tenant", "known: status, label, limit, pageToken, wait"],
    ["x=y", "x", "known: status, label, limit, pageToken, wait"],
    [
      `${"l".repeat(9_000)}=x`,
      `${"l".repeat(80)}…`,
      "known: status, label, limit, pageToken, wait",
    ],
    ["%00%1b[2J=x", "\\u0000\\u001b[2J", "known: status, label, limit, pageToken, wait"],
  ])("%s is refused by name", (query, path, hint) => {
    expect(messageOf(query)).toEqual([[path, `Unknown parameter; ${hint}`]]);
  });

  test("a parameter that can count once is not taken twice", () => {
    expect(messageOf("limit=1&limit=2")).toEqual([["limit", "must have one value, not 2"]]);
    expect(messageOf("limit=1&limit=1")).toBeUndefined();
    expect(messageOf("label=a:b&label=c:d&status=failed&status=pending")).toBeUndefined();
  });

  test("every wrong one is named", () => {
    expect(messageOf("labels=x&limit=1&limit=2&label=a:b")).toHaveLength(2);
  });
});

describe("the native API", () => {
  const native = routes.flatMap(({ pattern, methods }) =>
    Object.entries(methods)
      .filter(([method]) => method !== "ANY")
      .map(([method, { scope }]): [string, string, boolean] => [
        method,
        pattern,
        scope === "admin",
      ]),
  );

  test.each(native)("%s %s refuses a parameter that it does not read", async (...action) => {
    const [method, pattern, isForAdmins] = action;
    const path = pattern.replace("{id}", id);
    const headers = pattern.endsWith("/watch") ? upgrade : {};
    const caller = isForAdmins ? await Tenant.make(["admin"]) : tenant;
    const asked = await caller.send(`${path}?labels=who:nobody`, { method, headers });
    const { errors } = await expectProblem(asked, "validation-failed");
    expect(errors).toEqual([
      { path: "labels", message: expect.stringMatching(/^Unknown parameter; /) },
    ]);
  });

  test("each route reads the parameters that OpenAPI lists", () => {
    const listed = Object.entries(openApi().paths as Record<string, object>).flatMap(
      ([path, methods]) =>
        Object.entries(methods as Record<string, { parameters?: readonly { $ref: string }[] }>)
          .filter(([, { parameters: own }]) => own !== undefined)
          .map(([method, action]) => `${method.toUpperCase()} ${path} ${namesOf(action)}`),
    );
    const read = routes.flatMap(({ pattern, methods }) =>
      Object.entries(methods).flatMap(([method, { query = [] }]) => {
        // The ticket is a security scheme.
        const names = query.filter((name) => name !== "ticket").sort();
        return names.length === 0 ? [] : [`${method} ${pattern} ${names}`];
      }),
    );
    expect(listed.filter((line) => !line.endsWith(" ")).sort()).toEqual(read.sort());
  });

  test("a script that deletes what a misspelt filter lists is stopped", async () => {
    await tenant.create({ kind: "echo" });
    const asked = await tenant.send("/api/v1/operations?labels=who:nobody");
    const { detail } = await expectProblem(asked, "validation-failed");
    expect(detail).toBe("labels: Unknown parameter; did you mean label?");
  });

  test("a query for an upstream passes, and so does one of the wire of 2014", async () => {
    const upstream = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("ok"));
    const config = { UPSTREAMS: '{"up":"https://up.test"}' };
    const made = await tenant.send("/api/proxy/up/x?labels=1&labels=2", { config });
    expect(made.status).toBe(202);
    expect((await tenant.send("/api/v1beta1/pods?verbose=1")).status).toBe(200);
    upstream.mockRestore();
  });
});

function namesOf({ parameters: own = [] }: { parameters?: readonly { $ref: string }[] }): string {
  return own
    .map(({ $ref }) => parameters[$ref.split("/").at(-1) as keyof typeof parameters])
    .filter((parameter) => parameter.in === "query")
    .map(({ name }) => name)
    .sort()
    .join(",");
}
