import { describe, expect, it } from "vitest";
import {
  attachmentOf,
  keptOf,
  type SocketCommand,
  socketCommandOf,
  socketUrl,
} from "../../src/object/sockets/command.ts";

const watch = { shard: 3, origin: "https://a.test", mayCancel: true, target: { id: "op" } };

/** Commands, their URLs, and what older code attaches to their sockets. */
const commands: readonly (readonly [SocketCommand, string, object])[] = [
  [{ type: "wait", id: "op", until: 5 }, "https://operations/?id=op&until=5", { until: 5 }],
  [
    { type: "wait", id: "op", until: 5, after: 0 },
    "https://operations/?id=op&until=5&after=0",
    { until: 5, after: 0 },
  ],
  [
    { type: "claim", kinds: ["a", "b c"], until: 5 },
    "https://operations/claim?until=5&kind=a&kind=b+c",
    { until: 5 },
  ],
  [
    { type: "watch", watch },
    `https://operations/?${new URLSearchParams({ watch: JSON.stringify(watch) })}`,
    { watch },
  ],
];

describe("SocketCommand", () => {
  it.each(commands)(
    "socketUrl and socketCommandOf carry %j, by the URL of every version",
    (command, url) => {
      expect(socketUrl(command)).toBe(url);
      expect(socketCommandOf(url)).toEqual(command);
    },
  );

  it.each(commands)(
    "what stays of %j is read back, and older code reads it as its own",
    (command, _, old) => {
      const attached = attachmentOf(command);
      expect(keptOf(attached)).toMatchObject({ type: command.type });
      expect(attached).toMatchObject(old);
    },
  );

  it.each(commands)("what older code left of %j is read", (command, _, old) => {
    // It did not say which of those who wait are workers; both have their time.
    const type = command.type === "watch" ? "watch" : "wait";
    expect(keptOf(old)).toEqual({ type, ...old });
  });

  it("what is no attachment is nobody's", () => {
    expect([keptOf(null), keptOf(undefined), keptOf("text")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
