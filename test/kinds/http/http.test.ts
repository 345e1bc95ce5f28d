import { afterEach, describe, expect, it, vi } from "vitest";
import { http } from "../../../src/kinds/http/http.ts";
import { OperationFailure } from "../../../src/kinds/kind.ts";
import { Postponed } from "../../../src/kinds/postponed.ts";
import { configOf, FakeContext, given, refusals } from "../fake-context.ts";

const config = configOf({
  UPSTREAMS: JSON.stringify({
    crm: "https://crm.test/api/v1/",
    root: "http://root.test:8080",
    dead: "http://dead.test",
    same: { url: "http://dead.test", idempotent: true },
  }),
});

/** What the upstream was asked. */
interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

function upstream(answer: () => Response | Promise<Response>): Asked[] {
  const asked: Asked[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    asked.push({ url: String(url), init: (init ?? {}) as RequestInit });
    return answer();
  });
  return asked;
}

async function check(input: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  return http.check(await given(http, input), config)?.path;
}

/** Where a request goes, or undefined where it is refused. */
async function sentTo(input: Readonly<Record<string, unknown>>): Promise<URL | undefined> {
  if ((await check(input)) !== undefined) return undefined;
  const asked = upstream(() => new Response(null));
  await http.run(input, new FakeContext(config));
  return new URL(asked[0]?.url ?? "");
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("http: input", () => {
  it("an upstream alone is a GET of its root", async () => {
    expect(await given(http, { upstream: "crm" })).toEqual({
      upstream: "crm",
      path: "/",
      method: "GET",
      query: "",
      headers: {},
    });
  });

  it.each([
    [{}, ["upstream"]],
    [{ upstream: 1 }, ["upstream"]],
    [{ upstream: "crm", path: "a".repeat(8_193) }, ["path"]],
    [{ upstream: "crm", query: "a".repeat(16_385) }, ["query"]],
    [{ upstream: "crm", method: "" }, ["method"]],
    [{ upstream: "crm", method: "GET /" }, ["method"]],
    [{ upstream: "crm", method: "G".repeat(33) }, ["method"]],
    [{ upstream: "crm", headers: { "a b": "1" } }, ["headers.a b"]],
    [{ upstream: "crm", headers: { "": "1" } }, ["headers."]],
    [{ upstream: "crm", headers: { a: "1\r\nx: 2" } }, ["headers.a"]],
    [{ upstream: "crm", headers: { a: "1\u0000" } }, ["headers.a"]],
    [{ upstream: "crm", headers: { a: 1 } }, ["headers.a"]],
    [{ upstream: "crm", headers: [] }, ["headers"]],
    [{ upstream: "crm", body: {} }, ["body"]],
    [{ upstream: "crm", bodyBase64: "a b=" }, ["bodyBase64"]],
    [{ upstream: "crm", bodyBase64: "YQ===" }, ["bodyBase64"]],
    [{ upstream: "crm", url: "https://evil.test" }, [""]],
  ])("refuses %j and names the place", async (input, paths) => {
    expect(await refusals(http, input)).toEqual(paths);
  });
});

describe("http: check", () => {
  it.each(["nowhere", "CRM", "", "__proto__", "constructor", "toString"])(
    "refuses the upstream %j, which the configuration does not name, and quotes it",
    async (name) => {
      expect(http.check(await given(http, { upstream: name }), config)).toEqual({
        path: "upstream",
        message: `Cannot find upstream ${JSON.stringify(name)}`,
      });
    },
  );

  it.each(["CONNECT", "connect", "TRACE", "Trace", "TRACK", "NOSUCH"])(
    "refuses the method %s",
    async (method) => {
      expect(await check({ upstream: "crm", method })).toBe("method");
    },
  );

  it.each(["GET", "head", "POST", "put", "PATCH", "DELETE", "options", "PROPFIND"])(
    "takes the method %s",
    async (method) => {
      expect(await check({ upstream: "crm", method })).toBeUndefined();
    },
  );

  it.each([
    [{ body: "a", bodyBase64: "YQ==", method: "POST" }, "bodyBase64"],
    [{ bodyBase64: "YQ=", method: "POST" }, "bodyBase64"],
    [{ body: "" }, "body"],
    [{ body: "a", method: "head" }, "body"],
    [{ bodyBase64: "YQ==", method: "GET" }, "body"],
    [{ query: "a=1#b" }, "query"],
    [{ query: "a=1\n" }, "query"],
  ])("refuses %j and names the place", async (more, path) => {
    expect(await check({ upstream: "crm", ...more })).toBe(path);
  });

  it.each([
    "..",
    "/..",
    "/../",
    "/a/../../b",
    "/a/..",
    "/%2e%2e/secret",
    "/%2E%2e/secret",
    "/.%2e/secret",
    "/..%2fsecret",
    "/a%2f..%2f..%2fsecret",
    "/..%5csecret",
    "/..\\secret",
    "\\..\\secret",
    "/a\\b",
    "\\\\evil.test\\x",
    "/.\t./secret",
    "/.\n./secret",
    "/a?b=1",
    "/a?",
    "/a#b",
    "/a#",
    "?a",
    "/..;/secret",
    "/a/..;x=1/..;/secret",
    "/%2e%2e%3b/secret",
    "/..%3bx/secret",
    "/%252e%252e/secret",
    "/..%252fsecret",
    "/%25252e%25252e%25252fsecret",
    "/%2525252525252e%2525252525252e/secret",
    "/..%255csecret",
    "/%252e%252e/secret%25",
    "/%252e%252e%252fsecret%25ff",
    "/%25252e%25252e/secret/100%2525",
    "/%25c0%25ae%25c0%25ae/secret",
    "/..%25e0%2580%25afsecret",
    "/..%25C1%259csecret",
    "/%25u002e%25u002e/secret",
    "/%ef%bc%8e%ef%bc%8e/secret",
    "/..%3fsecret",
    "/..%2523/secret",
    "/..%20/secret",
    "/..%00/secret",
    "/.%09./secret",
    "/..%c2%a0/secret",
    "/%c0%ae%c0%ae/secret",
    "/%",
    "/%zz",
    "/%ff",
    "/a\u0000",
  ])("refuses the path %j", async (path) => {
    expect(await check({ upstream: "crm", path })).toBe("path");
    expect(await check({ upstream: "root", path })).toBe("path");
  });
});

describe("http: headers", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, "v"]));

  it("takes 1,000, and no more: the runtime itself ends where there are very many", async () => {
    expect(await refusals(http, { upstream: "crm", headers: many(1_000) })).toEqual([]);
    const tooMany = { upstream: "crm", headers: many(1_001) };
    expect(await refusals(http, tooMany)).toEqual(["headers"]);
    await expect(given(http, tooMany)).rejects.toThrow("at most 1000 headers are allowed");
    // What older code has stored is not sent either.
    const asked = upstream(() => new Response(null));
    const stored = http.run({ upstream: "crm", headers: many(30_000) }, new FakeContext(config));
    await expect(stored).rejects.toMatchObject({ code: "invalid_input" });
    expect(asked).toEqual([]);
  });

  it("takes no URL that is too long as it is sent", async () => {
    expect(await check({ upstream: "crm", query: "a".repeat(16_384) })).toBeUndefined();
    expect(await check({ upstream: "crm", query: "\u2028".repeat(16_384) })).toBe("path");
    expect(await check({ upstream: "crm", path: "\u2028".repeat(8_192) })).toBe("path");
  });

  it.each(["Authorization", "cookie", "X-Api-Key", "x-forwarded-for", "Host", "Connection"])(
    "refuses %s, which no upstream would see, and names it",
    async (name) => {
      expect(await check({ upstream: "crm", headers: { accept: "*/*", [name]: "s3cr3t" } })).toBe(
        `headers.${name}`,
      );
    },
  );

  it.each([["GET"], ["HEAD"], ["OPTIONS"], ["PUT"], ["DELETE"]])(
    "a %s is sent again after a failure",
    async (method) => {
      expect(await again({ upstream: "dead", method })).toEqual(["upstream_unreachable", true, 2]);
    },
  );

  it.each([["POST"], ["PATCH"], ["PROPFIND"]])("a %s is sent once", async (method) => {
    expect(await again({ upstream: "dead", method })).toEqual(["interrupted", false, 1]);
  });

  it.each([
    ["GET", "dead", {}],
    ["head", "dead", {}],
    ["OPTIONS", "dead", {}],
    ["PUT", "dead", {}],
    ["DELETE", "dead", {}],
    ["POST", "dead", { limit: 0 }],
    ["patch", "dead", { limit: 0 }],
    ["POST", "same", {}],
  ])("a lost %s to %s is made again by %j", async (method, name, rule) => {
    const input = await given(http, { upstream: name, method });
    expect(http.interruptions(input, config)).toEqual(rule);
  });

  it("a POST whose attempts were postponed before is sent", async () => {
    const asked = upstream(() => new Response("made"));
    const op = Object.assign(new FakeContext(config), { attempt: 2, isFirst: true });
    expect(await http.run({ upstream: "dead", method: "POST" }, op)).toBeInstanceOf(Response);
    expect(asked).toHaveLength(1);
  });

  it("a POST is sent again where the upstream is idempotent", async () => {
    expect(await again({ upstream: "same", method: "POST" })).toEqual([
      "upstream_unreachable",
      true,
      2,
    ]);
  });

  /** How a second attempt ends, whether the first was retryable, and how often the upstream was asked. */
  async function again(request: Readonly<Record<string, unknown>>) {
    const asked = upstream(() => Promise.reject(new TypeError("lost")));
    const op = new FakeContext(config);
    const first = await http.run(request, op).catch((thrown) => thrown);
    op.attempt = 2;
    const second = await http.run(request, op).catch((thrown) => thrown);
    const [{ retryable }, { code }] = [first as OperationFailure, second as OperationFailure];
    return [code, retryable, asked.length];
  }

  it("says under which origin it was asked, where the configuration knows", async () => {
    const asked = upstream(() => new Response(null));
    const told = configOf({
      UPSTREAMS: '{"crm":"https://crm.test"}',
      PUBLIC_URL: "https://ops.test:8443",
    });
    await http.run({ upstream: "crm" }, new FakeContext(told));
    expect(Object.fromEntries(new Headers(asked[0]?.init.headers))).toMatchObject({
      forwarded: 'for=unknown;host="ops.test:8443";proto=https',
      "x-forwarded-host": "ops.test:8443",
      "x-forwarded-proto": "https",
    });
  });
});

describe("http: where a request goes", () => {
  it.each([
    ["/", "https://crm.test/api/v1/"],
    ["", "https://crm.test/api/v1/"],
    ["customers/1", "https://crm.test/api/v1/customers/1"],
    ["/customers/1/", "https://crm.test/api/v1/customers/1/"],
    ["/a%20b/%C3%A9/c%2Fd", "https://crm.test/api/v1/a%20b/%C3%A9/c%2Fd"],
    ["/é b", "https://crm.test/api/v1/%C3%A9%20b"],
    ["/a..b/...", "https://crm.test/api/v1/a..b/..."],
    ["/a:cancel", "https://crm.test/api/v1/a:cancel"],
    ["//evil.test/x", "https://crm.test/api/v1//evil.test/x"],
    ["https://evil.test/x", "https://crm.test/api/v1/https://evil.test/x"],
    ["@evil.test/x", "https://crm.test/api/v1/@evil.test/x"],
    [":80@evil.test/x", "https://crm.test/api/v1/:80@evil.test/x"],
    [".evil.test/x", "https://crm.test/api/v1/.evil.test/x"],
    ["/100%25/a%252Fb", "https://crm.test/api/v1/100%25/a%252Fb"],
    ["/a;v=1/..a/b..;c", "https://crm.test/api/v1/a;v=1/..a/b..;c"],
  ])("the path %j stays below the base URL", async (path, url) => {
    expect((await sentTo({ upstream: "crm", path }))?.href).toBe(url);
  });

  it.each(["//evil.test/x", "@evil.test/x", ":80@evil.test/x", ".evil.test/x", "8/x"])(
    "the path %j does not lead away from a base URL that is a bare origin",
    async (path) => {
      expect((await sentTo({ upstream: "root", path }))?.host).toBe("root.test:8080");
    },
  );

  it("the query is passed on as it was written", async () => {
    const query = "a=1&b=%2F&b=c+d&e=?&f=@x//y/..";
    expect((await sentTo({ upstream: "crm", path: "/s", query }))?.href).toBe(
      `https://crm.test/api/v1/s?${query}`,
    );
  });
});

describe("http: run", () => {
  it("sends method, headers and text, follows no redirect, and asks for no encoding", async () => {
    const asked = upstream(() => new Response(null));
    const op = new FakeContext(config);
    const headers = { "X-Mine": "k", Cookie: "c", Authorization: "a", "Accept-Encoding": "br" };
    await http.run({ upstream: "crm", method: "patch", headers, body: "é" }, op);
    expect(asked).toHaveLength(1);
    const init = asked[0]?.init;
    expect(init).toMatchObject({ method: "PATCH", redirect: "manual", body: "é" });
    expect(init?.signal).toBe(op.signal);
    expect(Object.fromEntries(new Headers(init?.headers))).toEqual({
      "accept-encoding": "identity",
      forwarded: "for=unknown",
      "idempotency-key": "a key",
      "operation-attempt": "1",
      "operation-id": op.id,
      "x-mine": "k",
    });
  });

  it("sends the bytes of a body in base64", async () => {
    const asked = upstream(() => new Response(null));
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const input = { upstream: "crm", method: "PUT", bodyBase64: bytes.toBase64() };
    await http.run(input, new FakeContext(config));
    expect(asked[0]?.init.body).toEqual(bytes);
  });

  it("sends an empty text as a body, and none where there is none", async () => {
    const asked = upstream(() => new Response(null));
    await http.run({ upstream: "crm", method: "POST", body: "" }, new FakeContext(config));
    await http.run({ upstream: "crm", method: "POST" }, new FakeContext(config));
    expect(asked.map(({ init }) => init.body)).toEqual(["", null]);
  });

  it.each([200, 204, 302, 404, 500])(
    "returns an answer of status %i as it came",
    async (status) => {
      const headers = { location: "https://other.test/", "x-theirs": "kept" };
      upstream(() => new Response(null, { status, headers }));
      const answer = (await http.run({ upstream: "crm" }, new FakeContext(config))) as Response;
      expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([status, headers]);
      expect(await answer.text()).toBe("");
    },
  );

  it("fails, retryable, where the upstream is not reached; why stands in the log alone", async () => {
    upstream(() => Promise.reject(new TypeError("connect ECONNREFUSED 10.0.0.7")));
    const op = new FakeContext(config);
    const thrown: unknown = await http.run({ upstream: "dead" }, op).catch((error) => error);
    expect(thrown).toBeInstanceOf(OperationFailure);
    expect(thrown).toMatchObject({
      code: "upstream_unreachable",
      message: 'Cannot reach upstream "dead"',
      retryable: true,
    });
    expect(op.lines).toMatchObject([
      {
        level: "warning",
        code: "upstream_unreachable",
        reason: "TypeError: connect ECONNREFUSED 10.0.0.7",
      },
    ]);
  });

  it("ends with the reason of an abort, which says nothing of the upstream", async () => {
    const op = new FakeContext(config);
    const reason = new Error("canceled");
    upstream(() => {
      op.abort(reason);
      return Promise.reject(op.signal.reason);
    });
    await expect(http.run({ upstream: "crm" }, op)).rejects.toBe(reason);
    expect(op.lines).toEqual([]);
  });

  it.each(["gone", "constructor"])(
    "is postponed where the configuration has lost upstream %s since the operation was accepted",
    async (name) => {
      const asked = upstream(() => new Response(null));
      const run = http.run({ upstream: name, method: "POST" }, new FakeContext(config));
      await expect(run).rejects.toEqual(
        new Postponed(`Upstream "${name}" is no longer configured`),
      );
      expect(asked).toEqual([]);
    },
  );

  it.each(["/../../admin", "/%2e%2e/%2e%2e/admin", "/a/..;/..;/admin", `/${"%2f".repeat(20)}..`])(
    "asks nothing where the path %s is stored that no create would have been let say",
    async (path) => {
      const asked = upstream(() => new Response(null));
      const run = http.run({ upstream: "crm", path }, new FakeContext(config));
      await expect(run).rejects.toMatchObject({ code: "invalid_input", retryable: false });
      expect(asked).toEqual([]);
    },
  );
});
