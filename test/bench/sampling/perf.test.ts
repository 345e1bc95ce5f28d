import { expect, it } from "vitest";
import { type PerfSample, readSamples } from "./perf.ts";

async function read(text: string): Promise<PerfSample[]> {
  async function* lines() {
    yield* text.split("\n");
  }
  const samples: PerfSample[] = [];
  for await (const sample of readSamples(lines())) samples.push(sample);
  return samples;
}

it("readSamples reads thread, time and functions of what perf writes", async () => {
  const text = `23375 24689.673571: 
	         5e9fd23 <tokio::runtime::io::driver::Driver>::turn
	  ffffffffffffff [unknown]

 23380 24689.675000: 
	         3f970d8 v8::internal::Heap::CollectGarbage(v8::internal::AllocationSpace, char const*)
`;
  expect(await read(text)).toEqual([
    {
      thread: 23375,
      at: 24_689_673.571,
      stack: ["<tokio::runtime::io::driver::Driver>::turn", "[unknown]"],
    },
    {
      thread: 23380,
      at: 24_689_675,
      stack: ["v8::internal::Heap::CollectGarbage(v8::internal::AllocationSpace, char const*)"],
    },
  ]);
});

it("readSamples leaves out a sample without functions", async () => {
  const text = ` 1 1.000000: \n\n 1 2.000000: \n\t     1f epoll_wait\n\n 1 3.000000: \n`;
  expect((await read(text)).map(({ at }) => at)).toEqual([2_000]);
  expect(await read("")).toEqual([]);
});
