import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../src/object/map/group-commit.ts";

const calm = () => Promise.resolve();
const idle = () => false;

describe("GroupCommit", () => {
  it("join runs what arrives together as one group, in order, and ends it once", async () => {
    const seen: string[] = [];
    const commits = new GroupCommit(calm, idle, () => seen.push("end"));
    const first = ["a", "b", "c"].map((name) => commits.join(() => seen.push(name)));
    expect(seen).toEqual([]);
    await Promise.all(first);
    await commits.join(() => seen.push("d"));
    expect(seen).toEqual(["a", "b", "c", "end", "d", "end"]);
  });

  it("what one write throws rejects its caller alone", async () => {
    const commits = new GroupCommit(calm, idle, () => {});
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
    const commits = new GroupCommit(calm, idle, () => {
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

  it("what a group begins, and what ends before anything else happens, belongs to it", async () => {
    const seen: string[] = [];
    let busy = 0;
    const commits = new GroupCommit(
      calm,
      () => busy > 0,
      () => seen.push("end"),
    );
    const begin = async (name: string) => {
      busy += 1;
      for (let tick = 0; tick < 20; tick++) await undefined;
      await commits.join(() => seen.push(name));
      busy -= 1;
    };
    await commits.join(() => void begin("soon over"));
    await commits.join(() => seen.push("meanwhile"));
    await scheduler.wait(1);
    expect(seen).toEqual(["meanwhile", "soon over", "end"]);
  });

  it("what is not over soon holds no group open", async () => {
    const seen: string[] = [];
    const commits = new GroupCommit(
      calm,
      () => true,
      () => seen.push("end"),
    );
    let late: Promise<unknown> | undefined;
    await commits.join(() => {
      late = scheduler.wait(5).then(() => commits.join(() => seen.push("late")));
    });
    await late;
    expect(seen.slice(0, 2)).toEqual(["end", "late"]);
  });

  it("a group gathers while the commit before it is under way", async () => {
    const groups: string[][] = [[]];
    const { promise, resolve } = Promise.withResolvers<void>();
    const commits = new GroupCommit(
      () => promise,
      idle,
      () => groups.push([]),
    );
    const write = (name: string) => commits.join(() => groups.at(-1)?.push(name));
    const first = write("a");
    await scheduler.wait(5);
    const second = write("b");
    resolve();
    await Promise.all([first, second]);
    expect(groups).toEqual([["a", "b"], []]);
  });

  it("a write waits for more to join only after a group that had several members", async () => {
    let turns = 0;
    const commits = new GroupCommit(
      async () => {
        turns += 1;
      },
      idle,
      () => {},
    );
    const turnsOf = async (...writes: number[]) => {
      turns = 0;
      await Promise.all(writes.map((write) => commits.join(() => write)));
      return turns;
    };
    expect(await turnsOf(1)).toBe(1);
    expect(await turnsOf(1, 2)).toBe(2);
    expect(await turnsOf(1)).toBe(4);
    expect(await turnsOf(1)).toBe(1);
  });

  it("a group that others keep joining is run all the same", async () => {
    let isRun = false;
    let joined = 0;
    const commits = new GroupCommit(
      async () => {
        joined += 1;
        if (!isRun && joined < 10_000) void commits.join(() => {});
      },
      idle,
      () => {
        isRun = true;
      },
    );
    await commits.join(() => {});
    expect(joined).toBeLessThan(100);
  });

  it("a failing disk keeps nobody waiting", async () => {
    const commits = new GroupCommit(
      () => Promise.reject(new Error("disk")),
      idle,
      () => {},
    );
    expect(await commits.join(() => 1)).toBe(1);
  });
});
