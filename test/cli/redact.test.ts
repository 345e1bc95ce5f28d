import { describe, expect, it } from "vitest";
import { loggedFetch } from "../../src/cli/log/logged-fetch.ts";
import { redactBody, redactUrl } from "../../src/cli/log/redact.ts";

describe("redactUrl", () => {
  it("hides tickets, tokens and users, and keeps the rest", () => {
    expect(redactUrl("http://u:p@h/api?ticket=abc&limit=1&access_token=x&pageToken=p")).toBe(
      "http://h/api?ticket=[hidden]&limit=1&access_token=[hidden]&pageToken=p",
    );
  });
});

describe("redactBody", () => {
  it("hides members that speak of secrets, at any depth, and webhooks but for their origin", () => {
    const body = {
      kind: "echo",
      input: { password: "p1", deep: [{ apiKey: "k1", Authorization: "Bearer t" }] },
      ticket: "t1",
      webhook: "https://hooks.example.com/services/s1?x=s2",
      nextPageToken: "kept",
      note: "the token is tok-1, the secret whsec_abcDEF123=",
    };
    const shown = redactBody(JSON.stringify(body), ["tok-1"]);
    expect(shown).not.toMatch(/p1|k1|Bearer|t1|s1|s2|tok-1|abcDEF/);
    expect(shown).toContain('"webhook":"https://hooks.example.com/[hidden]"');
    expect(shown).toContain('"nextPageToken":"kept"');
  });

  it("keeps numbers as they were written", () => {
    const body = '{"input":[9007199254740993,{"f":1e400,"token":1.0}]}';
    expect(redactBody(body, [])).toBe(
      '{"input":[9007199254740993,{"f":1e400,"token":"[hidden]"}]}',
    );
  });

  it("tells only the length of what is no JSON, and cuts what is long", () => {
    expect(redactBody("secret=1", [])).toBe("(8 characters that are not JSON)");
    expect(redactBody(JSON.stringify("x".repeat(5_000)), []).length).toBeLessThan(2_100);
  });
});

describe("loggedFetch", () => {
  const send = async () =>
    new Response('{"ticket":"t1"}', { headers: { "content-type": "application/json" } });
  const call = async (level: number) => {
    const lines: string[] = [];
    const log = (text: string) => lines.push(text);
    const logged = loggedFetch(send, { level, log, secrets: ["tok-1"] });
    const headers = { authorization: "Bearer tok-1" };
    const response = await logged("http://h/x?ticket=t2", { method: "POST", headers, body: "{}" });
    expect(await response.text()).toBe('{"ticket":"t1"}');
    return lines;
  };

  it("tells nothing below 6, requests from there, bodies from 8, and never a secret", async () => {
    expect(await call(5)).toEqual([]);
    const six = await call(6);
    expect(six).toEqual([
      expect.stringMatching(/^POST http:\/\/h\/x\?ticket=\[hidden\] 200 .*in \d+ milliseconds$/),
    ]);
    const eight = await call(8);
    expect(eight).toHaveLength(3);
    expect(eight.at(-1)).toMatch(/Response Body: \{"ticket":"\[hidden\]"\}$/);
    expect([...six, ...eight].join()).not.toMatch(/tok-1|t1|t2/);
  });

  it("tells of what failed, and fails", async () => {
    const lines: string[] = [];
    const log = (text: string) => lines.push(text);
    const logged = loggedFetch(async () => Promise.reject(new Error("gone")), {
      level: 6,
      log,
      secrets: [],
    });
    await expect(logged("http://h/", {})).rejects.toThrow("gone");
    expect(lines).toEqual([expect.stringMatching(/^GET http:\/\/h\/ failed in \d+ mill.*: gone$/)]);
  });
});
