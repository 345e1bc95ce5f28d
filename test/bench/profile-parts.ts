/**
 * The parts of the runtime, by the names of functions. A sample counts for the innermost function of its
 * stack that one of them names, so that memory and copies count for whoever asked for them.
 */
const parts: readonly (readonly [part: string, names: RegExp])[] = [
  [
    "garbage, compilation",
    /Scaveng|MarkCompact|Heap::(Collect|Perform)|cppgc::internal::(Marker|Sweep|Collect)|(Incremental|Concurrent)Mark|MinorGC|GarbageCollect|turboshaft|[Mm]aglev|compiler::|Compiler::|CompilationJob|baseline::|interpreter::|Parser::|GlobalHandles::(Iterate|Post|Process)|TieringManager/,
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

/**
 * countParts reads what `perf script -F ip,sym` writes, a function a line and an empty line after each
 * sample, and returns the share of each part.
 */
export async function countParts(lines: AsyncIterable<string>): Promise<Map<string, number>> {
  const counts = new Map(parts.map(([name]) => [name, 0]));
  counts.set("other", 0);
  let total = 0;
  let part: string | undefined;
  let isInside = false;
  const end = () => {
    if (!isInside) return;
    const found = part ?? "other";
    counts.set(found, (counts.get(found) ?? 0) + 1);
    total += 1;
    part = undefined;
    isInside = false;
  };
  for await (const line of lines) {
    const name = /^\s+[\da-f]+ (?<name>.*)$/.exec(line)?.groups?.name;
    if (name === undefined) {
      end();
    } else {
      isInside = true;
      part ??= parts.find(([, names]) => names.test(name))?.[0];
    }
  }
  end();
  if (total === 0) throw new Error("perf has sampled nothing");
  return new Map([...counts].map(([name, count]) => [name, count / total]));
}
