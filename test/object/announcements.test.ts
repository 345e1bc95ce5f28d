import { describe, expect, it } from "vitest";
import { apply } from "../../src/core/operation/apply.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import { once } from "../../src/core/retry.ts";
import { Announcements, patience } from "../../src/object/map/announcements.ts";

const webhook = { url: "https://hook.example.com/", origin: "https://edge.test" };

const spec = { id: "op", kind: "echo", ttl: 1, deadline: 1, retry: once, labels: {}, webhook };

const outcome = { type: "succeeded", result: { mediaType: "application/json", size: 2 } } as const;
const succeed = { type: "finish", attempt: 1, outcome, jitter: 0 } as const;

/** An operation that has ended, or has not. */
function snapshotOf(status: "running" | "succeeded") {
  const running = createOperation(spec, 0);
  return { op: status === "running" ? running : apply(running, succeed, 0) };
}

/** Announcements of which the first `broken` cannot be written. */
function breaking(broken: number) {
  const begun: string[] = [];
  const failed: string[] = [];
  let left = broken;
  const announcements = new Announcements({
    begin: ({ op }) => {
      if (left-- > 0) throw new Error("disk full");
      begun.push(op.id);
    },
    failed: (_, id) => failed.push(id),
  });
  return { announcements, begun, failed };
}

describe("announce", () => {
  it("begins the delivery of an end, and of nothing else", () => {
    const { announcements, begun } = breaking(0);
    announcements.announce(snapshotOf("running"), 0);
    expect(begun).toEqual([]);
    announcements.announce(snapshotOf("succeeded"), 0);
    expect(begun).toEqual(["op"]);
  });

  it("throws where a delivery cannot be written, so that the end comes again with it", () => {
    const { announcements, begun, failed } = breaking(1);
    const end = snapshotOf("succeeded");
    expect(() => announcements.announce(end, 0)).toThrow("disk full");
    announcements.announce(end, 0);
    expect([begun, failed]).toEqual([["op"], []]);
  });

  it("lets an operation end without its delivery where that stays broken", () => {
    const { announcements, begun, failed } = breaking(Number.POSITIVE_INFINITY);
    const end = snapshotOf("succeeded");
    for (let failures = 1; failures < patience; failures++) {
      expect(() => announcements.announce(end, 0)).toThrow("disk full");
    }
    announcements.announce(end, 0);
    expect([begun, failed]).toEqual([[], ["op"]]);
  });
});
