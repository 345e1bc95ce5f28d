import { describe, expect, it } from "vitest";
import { countParts } from "./parts.ts";

async function* sampled(...stacks: string[][]) {
  for (const stack of stacks) yield { thread: 1, at: 0, stack };
}

describe("countParts", () => {
  it("counts a sample for the innermost function that a part names", async () => {
    const counts = await countParts(
      sampled(
        ["memcpy", "sqlite3_step", "workerd::api::SqlStorage::exec"],
        ["Builtins_JsonStringify", "workerd::IoContext::runImpl"],
        ["epoll_wait"],
        ["__libc_start_main"],
      ),
    );
    const found = [...counts].filter(([, share]) => share > 0);
    expect(found.map(([, share]) => share)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(found.map(([part]) => part)).toEqual([
      "statements of SQLite",
      "JSON and dates",
      "turns: event loop, locks of the isolate, contexts of requests",
      "other",
    ]);
  });

  it("counts for garbage what is done in a collection, and not what allocates", async () => {
    const epilogue = [
      "v8::internal::Heap::CallGCEpilogueCallbacks",
      "v8::internal::Heap::CollectGarbage",
    ];
    const counts = await countParts(
      sampled(
        ["kj::HttpHeaders::~HttpHeaders", "workerd::api::Response::~Response", ...epilogue],
        ["cppgc::MakeGarbageCollectedTrait", "workerd::jsg::HeapTracer::allocateShim"],
      ),
    );
    expect(counts.get("collecting garbage")).toBe(0.5);
    expect(counts.get("turns: event loop, locks of the isolate, contexts of requests")).toBe(0.5);
  });

  it("rejects where nothing was sampled", async () => {
    await expect(countParts(sampled())).rejects.toThrow("perf has sampled nothing");
  });
});
