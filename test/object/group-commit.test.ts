import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../src/object/group-commit.ts";

describe("GroupCommit", () => {
  it("join runs what arrives together as one group, in order, and ends it once", async () => {
    const seen: string[] = [];
    const commits = new GroupCommit(() => seen.push("end"));
    const first = ["a", "b", "c"].map((name) => commits.join(() => seen.push(name)));
    expect(seen).toEqual([]);
    await Promise.all(first);
    await commits.join(() => seen.push("d"));
    expect(seen).toEqual(["a", "b", "c", "end", "d", "end"]);
  });

  it("what one write throws rejects its caller alone", async () => {
    const commits = new GroupCommit(() => {});
    const results = await Promise.allSettled([
      commits.join(() => 1),
      commits.join(() => {
        throw new Error("broken");
      }),
      commits.join(() => 3),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("a write that joins from within a group runs in the next", async () => {
    const groups: number[] = [];
    let group = 0;
    const commits = new GroupCommit(() => {
      group += 1;
    });
    await commits.join(() => groups.push(group));
    let inner: Promise<number> | undefined;
    await commits.join(() => {
      groups.push(group);
      inner = commits.join(() => groups.push(group));
    });
    await inner;
    expect(groups).toEqual([0, 1, 2]);
  });
});
