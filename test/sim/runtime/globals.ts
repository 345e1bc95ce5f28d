import { createHash } from "node:crypto";
import { pairOf, Socket } from "./sockets.ts";
import { here, somewhere, type World } from "./world.ts";

/** Outside answers what code under test fetches: when, and a response or a failure. */
export type Outside = (
  request: Request,
) => Promise<{ readonly after: number; readonly response?: Response }>;

const NativeDate = Date;
const NativeResponse = Response;
const nativeCrypto = crypto;

/** What workerd has and Node 24 has not. */
polyfill(Uint8Array.prototype, "toBase64", function (this: Uint8Array) {
  return btoa(String.fromCharCode(...this));
});
polyfill(Uint8Array, "fromBase64", (text: string) =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
);
polyfill(Uint8Array, "fromHex", (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
);
polyfill(nativeCrypto.subtle, "timingSafeEqual", (a: Uint8Array, b: Uint8Array) =>
  a.every((byte, index) => byte === b[index]),
);

/** withGlobals runs something with time, chance and the network of a world in the place of the machine's. */
export function withGlobals<T>(world: World, outside: Outside, run: () => T): T {
  const restore: (() => void)[] = [];
  const set = (target: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
    restore.push(() => {
      if (before) Object.defineProperty(target, name, before);
      else Reflect.deleteProperty(target, name);
    });
  };
  const timers = timersOf(world);
  set(globalThis, "Date", dateOf(world));
  set(Math, "random", () => world.randomness.next());
  set(nativeCrypto, "getRandomValues", (bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = world.randomness.below(256);
    return bytes;
  });
  set(nativeCrypto, "randomUUID", () => uuid(world));
  // The machine's own is done by other threads, which end when they like.
  set(
    nativeCrypto.subtle,
    "digest",
    async (_: unknown, data: Uint8Array) =>
      createHash("sha256").update(data).digest().slice().buffer,
  );
  for (const [name, timer] of Object.entries(timers)) set(globalThis, name, timer);
  set(globalThis, "scheduler", {
    wait: (milliseconds: number, options?: { readonly signal?: AbortSignal }) =>
      wait(timers, milliseconds, options?.signal),
  });
  // What is settled from another request does not bring one to life that has ended.
  const { withResolvers } = Promise;
  set(Promise, "withResolvers", <V>(): PromiseWithResolvers<V> => {
    const owner = somewhere();
    const { promise, resolve, reject } = withResolvers.call(Promise) as PromiseWithResolvers<V>;
    const unlessDead =
      <A>(settle: (value: A) => void) =>
      (value: A) => {
        if (owner?.isAlive !== false) settle(value);
      };
    return { promise, resolve: unlessDead(resolve), reject: unlessDead(reject) };
  });
  set(AbortSignal, "timeout", (milliseconds: number) => {
    const controller = new AbortController();
    timers.setTimeout(
      () => controller.abort(new DOMException("timed out", "TimeoutError")),
      milliseconds,
    );
    return controller.signal;
  });
  set(globalThis, "fetch", fetchOf(world, outside));
  set(globalThis, "Response", SimulatedResponse);
  set(globalThis, "WebSocket", Socket);
  set(globalThis, "WebSocketPair", function pair() {
    return pairOf(world);
  });
  set(globalThis, "WebSocketRequestResponsePair", class {});
  const silent = ["log", "info", "warn", "error", "debug"] as const;
  for (const name of silent) set(console, name, () => {});
  const onRejection = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason: unknown) => world.note(`unhandled: ${reason}`));
  restore.push(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of onRejection) process.on("unhandledRejection", listener);
  });
  try {
    return run();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

type Timer = { cancel(): void } | undefined;

function timersOf(world: World) {
  const clear = (timer: Timer) => timer?.cancel();
  const setTimer = (code: () => void, milliseconds = 0): Timer => {
    const owner = here();
    owner.pending += 1;
    const over = () => {
      owner.pending -= 1;
      isOver = true;
    };
    let isOver = false;
    const due = world.queue.after(milliseconds, () => {
      over();
      owner.resume(code);
    });
    return {
      cancel: () => {
        if (isOver) return;
        over();
        due.cancel();
      },
    };
  };
  const setRepeated = (code: () => void, milliseconds: number): Timer => {
    let isOver = false;
    let timer: Timer;
    const again = () => {
      timer = setTimer(() => {
        code();
        if (!isOver) again();
      }, milliseconds);
    };
    again();
    return {
      cancel: () => {
        isOver = true;
        timer?.cancel();
      },
    };
  };
  return {
    setTimeout: setTimer,
    clearTimeout: clear,
    setInterval: setRepeated,
    clearInterval: clear,
  };
}

function wait(
  { setTimeout: set, clearTimeout: clear }: ReturnType<typeof timersOf>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = set(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    const abort = () => {
      clear(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function dateOf(world: World): DateConstructor {
  return class extends NativeDate {
    constructor(...args: [] | [number | string]) {
      super(...((args.length === 0 ? [world.wall] : args) as [number]));
    }

    static override now(): number {
      return world.wall;
    }
  } as unknown as DateConstructor;
}

function uuid(world: World): string {
  const part = () =>
    world.randomness
      .below(2 ** 16)
      .toString(16)
      .padStart(4, "0");
  return `${part()}${part()}-${part()}-4${part().slice(1)}-8${part().slice(1)}-${part()}${part()}${part()}`;
}

/** Node's own refuses 101 and knows no sockets. */
class SimulatedResponse extends NativeResponse {
  constructor(body?: BodyInit | null, init: ResponseInit = {}) {
    const isUpgrade = init.status === 101;
    super(body ?? null, isUpgrade ? { ...init, status: 200 } : init);
    if (!isUpgrade) return;
    Object.defineProperty(this, "status", { value: 101 });
    Object.defineProperty(this, "webSocket", { value: init.webSocket });
  }
}

function fetchOf(world: World, outside: Outside) {
  return (url: string, init: RequestInit): Promise<Response> => {
    const caller = here();
    const { signal } = init;
    const sent = new Request(url, { ...init, signal: null });
    return caller.wait<Response>((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      caller.leave(() =>
        world.hop(() => {
          void outside(sent).then(({ after, response }) => {
            world.queue.after(after, () => {
              if (response) resolve(response);
              else reject(new TypeError("fetch failed"));
            });
          });
        }),
      );
    });
  };
}

function polyfill(target: object, name: string, value: unknown): void {
  if (name in target) return;
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
