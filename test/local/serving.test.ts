import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { capacityOf } from "../../src/local/capacity.ts";
import { withCredentials } from "../../src/local/configuration.ts";
import { Deaths } from "../../src/local/deaths.ts";
import { isLoopbackHost } from "../../src/local/loopback-host.ts";

describe("Deaths", () => {
  test("five in a minute are accidents, the sixth is a loop", () => {
    const deaths = new Deaths();
    const times = [0, 10_000, 20_000, 30_000, 40_000, 50_000];
    expect(times.map((time) => deaths.isLoop(time))).toEqual([...Array(5).fill(false), true]);
  });

  test("what died long ago does not count", () => {
    const deaths = new Deaths();
    const times = Array.from({ length: 20 }, (_, index) => index * 13_000);
    expect(times.some((time) => deaths.isLoop(time))).toBe(false);
  });
});

describe("capacityOf", () => {
  test("counts two files a connection, of the hard limit", () => {
    if (process.platform !== "linux") return expect(capacityOf(process.pid)).toBeUndefined();
    const [, connections, files] = /(\d+) connections \((\d+) open files\)/.exec(
      capacityOf(process.pid) ?? "",
    ) ?? ["", "", ""];
    expect(Number(connections)).toBe(Math.max(0, Math.floor((Number(files) - 500) / 2)));
    expect(Number(files)).toBeGreaterThan(0);
  });

  test("says nothing where the system does not", () => {
    expect(capacityOf(undefined)).toBeUndefined();
    expect(capacityOf(2 ** 30)).toBeUndefined();
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.3.2.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.0.1", false],
  ["edge.example.com", false],
  ["*", false],
])("isLoopbackHost of %s is %j", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});

describe("withCredentials", () => {
  test("takes names of the configuration, and what UPSTREAMS refers to, from files", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "credentials-"));
    const put = (name: string, text: string) => writeFile(path.join(directory, name), text);
    await put("TOKEN", "s3cret\n");
    await put("SHARDS", "4");
    await put("KEY", "of the upstream");
    await put("PATH", "/elsewhere");
    await put("UPSTREAMS", `{"a":{"url":"https://a","headers":{"x":"$\{KEY}"}}}`);
    const environment = { CREDENTIALS_DIRECTORY: directory, SHARDS: "2", PATH: "/bin" };
    expect(withCredentials(environment)).toMatchObject({
      TOKEN: "s3cret",
      SHARDS: "2",
      KEY: "of the upstream",
      PATH: "/bin",
    });
  });

  test("changes nothing where there are none", () => {
    const environment = { TOKEN: "t" };
    expect(withCredentials(environment)).toBe(environment);
  });
});
