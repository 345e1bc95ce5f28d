import { describe, expect, it } from "vitest";
import { messageOf, percentOf } from "../../src/cli/output/operation-table.ts";
import type { Operation } from "../../src/client/index.ts";

const messageWith = (more: object) => messageOf(more as unknown as Operation);
const cancelRequestedAt = "2026-11-22T08:00:00Z";

describe("messageOf", () => {
  it("says that one which is not finished was asked to end", () => {
    const statusMessage = "step 1 of 4";
    expect(messageWith({ status: "running", statusMessage })).toBe("step 1 of 4");
    expect(messageWith({ status: "running", statusMessage, cancelRequestedAt })).toBe(
      "cancel requested",
    );
  });

  it("says what is asked of an upstream, and how it answered", () => {
    const upstream = { name: "crm", method: "GET", path: "/a" };
    expect(messageWith({ status: "running", upstream })).toBe("GET crm/a");
    expect(messageWith({ status: "running", upstream, cancelRequestedAt })).toBe(
      "GET crm/a: cancel requested",
    );
    const answered = { ...upstream, status: 404 };
    expect(messageWith({ status: "succeeded", upstream: answered })).toBe("GET crm/a → 404");
    const error = { code: "upstream_unreachable", message: "Cannot reach" };
    expect(messageWith({ status: "failed", upstream, error })).toBe(
      "GET crm/a: upstream_unreachable: Cannot reach",
    );
  });

  it("says of one that is finished how it ended", () => {
    const error = { code: "canceled", message: "Canceled" };
    expect(messageWith({ status: "canceled", error, cancelRequestedAt })).toBe(
      "canceled: Canceled",
    );
    expect(messageWith({ status: "succeeded", statusMessage: "all", cancelRequestedAt })).toBe(
      "all",
    );
  });
});

describe("percentOf", () => {
  const percentWith = (more: object) => percentOf(more as unknown as Operation);

  it("is what was told last, and all of it once that has succeeded", () => {
    expect(percentWith({ status: "running" })).toBe("");
    expect(percentWith({ status: "running", percentComplete: 50.9 })).toBe("50%");
    expect(percentWith({ status: "failed", percentComplete: 50 })).toBe("50%");
    expect(percentWith({ status: "succeeded", percentComplete: 50 })).toBe("100%");
    expect(percentWith({ status: "succeeded" })).toBe("100%");
  });
});
