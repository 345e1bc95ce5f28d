import { describe, expect, it } from "vitest";
import { ExitStatus, worst } from "../../src/cli/exit-status.ts";
import { toldOf } from "../../src/cli/failures.ts";
import { labelsOf, statusesOf, wholeNumber, wordsOf } from "../../src/cli/settings/arguments.ts";
import { savedLogin } from "../../src/cli/settings/settings.ts";
import { Interrupted, TimedOut } from "../../src/cli/stops.ts";
import { RequestError, UnreachableError } from "../../src/client/index.ts";

function refused(status: number, code: string, message = "No"): RequestError {
  return new RequestError(new Response(null, { status }), { error: { code, message } });
}

const asked = { host: "http://h", tokenFrom: "--token" };

describe("toldOf", () => {
  it.each([
    [400, "validation-failed", ExitStatus.usage],
    [401, "unauthenticated", ExitStatus.unreachable],
    [403, "forbidden", ExitStatus.unreachable],
    [404, "operation-not-found", ExitStatus.failed],
    [404, "kind-not-found", ExitStatus.usage],
    [404, "not-found", ExitStatus.unreachable],
    [404, "http-404", ExitStatus.unreachable],
    [409, "operation-active", ExitStatus.failed],
    [413, "payload-too-large", ExitStatus.usage],
    [422, "idempotency-key-reused", ExitStatus.usage],
    [424, "operation-failed", ExitStatus.failed],
    [429, "rate-limited", ExitStatus.unreachable],
    [500, "internal", ExitStatus.unreachable],
    [503, "unavailable", ExitStatus.unreachable],
  ])("ends %d %s with status %d", (status, code, exit) => {
    expect(toldOf(refused(status, code)).status).toBe(exit);
  });

  it.each([
    [new UnreachableError("x"), ExitStatus.unreachable],
    [new TimedOut("3s"), ExitStatus.timedOut],
    [new Interrupted(), ExitStatus.interrupted],
    [new RangeError("x"), ExitStatus.usage],
    [new Error("x"), ExitStatus.failed],
    [Object.create(null), ExitStatus.failed],
  ])("ends %s with a status of its own", (thrown, exit) => {
    expect(toldOf(thrown).status).toBe(exit);
  });

  it("says what lies at the bottom, and which host it was", () => {
    const cause = new TypeError("fetch failed", {
      cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
    });
    expect(toldOf(new UnreachableError("Cannot reach it", { cause }), asked).message).toBe(
      "Cannot reach http://h (ECONNREFUSED): check --host, and that the service is running",
    );
  });

  it("says in plain words that fetch never connects to some ports", () => {
    const cause = new TypeError("fetch failed", { cause: new Error("bad port") });
    const thrown = new UnreachableError("Cannot reach it", { cause });
    expect(toldOf(thrown, { ...asked, host: "http://localhost:1" }).message).toBe(
      "Cannot reach http://localhost:1 (fetch refuses port 1): check --host, and that the service is running",
    );
  });

  it.each([
    ["--token", "http://h does not accept the token (from --token)"],
    ["KUBECFG_TOKEN", "http://h does not accept the token (from KUBECFG_TOKEN)"],
    [
      savedLogin,
      "http://h does not accept the token (from the saved login): log in again with kubecfg login",
    ],
  ])("names %s where its token is not known", (tokenFrom, message) => {
    const thrown = refused(401, "unauthenticated", "The token is not known");
    expect(toldOf(thrown, { ...asked, tokenFrom }).message).toBe(message);
  });
});

describe("arguments", () => {
  it("labelsOf cuts at the first =", () => {
    expect(labelsOf(["a=b=c", "d="])).toEqual({ a: "b=c", d: "" });
    expect(labelsOf(["__proto__=x"])).toEqual(Object.fromEntries([["__proto__", "x"]]));
  });

  it.each([["a"], ["=b"], ["a=1", "a=2"]])("labelsOf refuses %s %s", (...given) => {
    expect(() => labelsOf(given)).toThrow(/^(?:Invalid|Cannot use) --label/);
  });

  it("statusesOf and wordsOf read commas and repetitions", () => {
    expect(statusesOf(["running,failed", "canceled"])).toEqual(["running", "failed", "canceled"]);
    expect(() => statusesOf(["done"])).toThrow(/^Invalid --status "done": must be one of pending/);
    expect(wordsOf(["a,,b", "c"])).toEqual(["a", "b", "c"]);
  });

  it.each(["", "-1", "1.5", "1e3", "11", "x"])("wholeNumber refuses %j of 0 to 10", (text) => {
    expect(() => wholeNumber("--n", text, 0, 10)).toThrow(/must be a whole number from 0 to 10/);
  });

  it("worst is the status of what went worst", () => {
    expect(worst([0, 1, 4, 3])).toBe(4);
    expect(worst([])).toBe(0);
  });
});
