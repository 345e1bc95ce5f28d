import { describe, expect, it } from "vitest";
import * as limits from "../../src/core/limits.ts";
import * as work from "../../src/core/work.ts";

const kibi = 1_024;
const mebi = 1_048_576;
/** What one message between a Worker and an object may hold, and what an isolate may. */
const rpcMessage = 33_554_432;

describe("limits", () => {
  it("are those that clients were promised", () => {
    expect(limits.maxInlineResult).toBe(65_536);
    expect(limits.maxResult).toBe(8_388_608);
    expect(limits.maxMetadata).toBe(16_384);
    expect(limits.maxBatch).toBe(100);
    expect(limits.maxPage).toBe(1_000);
    expect(limits.maxAnswer).toBe(16_384);
    expect(limits.maxErrorDetails).toBe(16_384);
    expect(limits.maxDocument).toBe(262_144);
    expect(work.minLease).toBe(1_000);
    expect(work.maxLease).toBe(86_400_000);
  });

  it("keep the headers that are played back within the 16 KiB that many clients read", () => {
    expect(limits.maxResultHeaders).toBe(8 * kibi);
  });

  it("let a page and a claim go through one RPC message, at two bytes a character", () => {
    expect(limits.maxPageBytes).toBe(16 * mebi);
    expect(2 * work.maxClaimInput).toBe(16 * mebi);
    expect(2 * work.maxClaimInput).toBeLessThan(rpcMessage);
  });

  it("let the answers of one operation be half a million characters, as brief says", () => {
    expect(limits.maxAnswers * limits.maxAnswer).toBe(512 * kibi);
  });
});
