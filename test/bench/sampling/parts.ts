import { workOf } from "./collections.ts";
import type { PerfSample } from "./perf.ts";

/** garbage is all that is done while V8 collects it, such as freeing the objects of workerd that belonged to it. */
const garbage = "collecting garbage";

/**
 * The parts of the runtime, by the names of functions. A sample counts for the innermost function of its
 * stack that one of them names, so that memory and copies count for whoever asked for them.
 */
const parts: readonly (readonly [part: string, names: RegExp])[] = [
  [
    "compilation",
    /turboshaft|[Mm]aglev|compiler::|Compiler::|CompilationJob|baseline::|interpreter::|Parser::|TieringManager/,
  ],
  [
    "commits, sync, savepoints",
    /f(data)?sync|unixSync|ActorSqlite.*[Cc]ommit|vdbeCommit|[Ss]avepoint|CommitPhase|walWrite|sqlite3WalFrames|pagerWal/,
  ],
  ["statements of SQLite", /sqlite|SqlStorage|Sqlite/],
  ["JSON and dates", /Json|JSDate|Builtins_Date|DateCache|ToISOString/],
  [
    "calls between isolates, and the clone of what travels",
    /ValueSerializer|ValueDeserializer|jsg::(De)?[Ss]erializer|StructuredClone|JsRpc|capnp::|RpcStub|ActorChannel/,
  ],
  [
    "HTTP: connection, request, body, headers, answer",
    /hyper::|http::|h1::|Http|httparse|api::(Headers|Request|Response|Body|URL)|FetchEvent|writev|readv|recv|tcp_|sock_|__sys_|ReadableStream|ada::|[Uu]rl|tokio|mio::/,
  ],
  ["timers, the access line, random numbers", /Timer|Console|[Cc]rypto|[Rr]andom|gettime|EVP|SHA/],
  [
    "our code: JavaScript and what V8 calls for it",
    /^(Builtins?_|\[unknown\])|v8::internal|v8::(Script|Function)::/,
  ],
  ["turns: event loop, locks of the isolate, contexts of requests", /kj::|workerd::|epoll/],
];

/** countParts returns the share of each part in the samples. */
export async function countParts(samples: AsyncIterable<PerfSample>): Promise<Map<string, number>> {
  const counts = new Map(
    [garbage, ...parts.map(([name]) => name), "other"].map((name) => [name, 0]),
  );
  let total = 0;
  for await (const { stack } of samples) {
    const part = partOf(stack);
    counts.set(part, (counts.get(part) ?? 0) + 1);
    total += 1;
  }
  if (total === 0) throw new Error("perf has sampled nothing");
  return new Map([...counts].map(([name, count]) => [name, count / total]));
}

function partOf(stack: readonly string[]): string {
  if (["scavenge", "mark-compact"].includes(workOf(stack))) return garbage;
  for (const name of stack) {
    const part = parts.find(([, names]) => names.test(name))?.[0];
    if (part !== undefined) return part;
  }
  return "other";
}
