import { Alarm } from "./alarm.ts";
import type { Deployment } from "./deployment.ts";
import { Life } from "./life.ts";
import { ObjectStorage } from "./object-storage.ts";
import type { Socket } from "./sockets.ts";
import { Database, isWrite } from "./sql.ts";
import type { World } from "./world.ts";

/** What the host calls of the object; the rest is called by name. */
interface Instance {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
  webSocketMessage(socket: unknown, message: string): Promise<void>;
  webSocketClose(socket: unknown, code: number, reason: string): unknown;
}

/** Done takes how a call ended. */
export type Done = (outcome: { readonly value: unknown } | { readonly thrown: unknown }) => void;

/** Surroundings are what the host is told, and asks, of everything else. */
export interface Surroundings {
  readonly world: World;
  deployment(): Deployment;
  exportsOf(life: Life, deployment: Deployment): unknown;
}

/** ObjectHost is one object: its disk, its alarm, its hibernating sockets, and its life while it has one. */
export class ObjectHost {
  readonly id: string;
  readonly name: string;
  readonly database = new Database();
  readonly alarm: Alarm;
  readonly sockets = new Set<Socket>();
  /** While it cannot be reached. */
  isDown = false;
  /** How many statements pass before one throws, where one shall; and how many then throw. */
  throwAfter = Number.POSITIVE_INFINITY;
  throwing = 0;
  /** How many have thrown. */
  thrown = 0;
  /** How many lives it has had, and when the last one began by the time that passes. */
  lives = 0;
  bornAt = 0;
  life: Life | undefined;
  #instance: Instance | undefined;
  #ready: Promise<unknown> = Promise.resolve();
  readonly #calls = new Map<Done, Life>();
  readonly #around: Surroundings;

  constructor(id: string, name: string, around: Surroundings) {
    this.id = id;
    this.name = name;
    this.#around = around;
    this.alarm = new Alarm(around.world, ({ begin, ended }) => {
      this.note("alarm");
      this.deliver(
        (instance) => (begin() ? instance.alarm() : undefined),
        (outcome) => {
          // What died with it comes again by itself.
          if (!("thrown" in outcome)) ended(true);
          else if (!isReset(outcome.thrown)) ended(false);
        },
      );
    });
  }

  note(text: string): void {
    this.#around.world.note(`${this.name}: ${text}`);
  }

  /** call runs a method by name in the object, which is started where it sleeps. */
  call(method: string, args: readonly unknown[], done: Done): void {
    this.deliver((instance) => {
      const found = (instance as unknown as Record<string, unknown>)[method];
      if (typeof found !== "function") throw new TypeError(`no method ${method}`);
      return found.apply(instance, args);
    }, done);
  }

  deliver(event: (instance: Instance) => unknown, done: Done): void {
    if (this.isDown) {
      done({ thrown: passing("Durable Object is overloaded", "overloaded") });
      return;
    }
    let life: Life;
    try {
      life = this.life ?? this.#start();
    } catch (thrown) {
      this.note(`cannot start: ${thrown}`);
      done({ thrown });
      return;
    }
    const instance = this.#instance as Instance;
    this.#calls.set(done, life);
    const end: Done = (outcome) => {
      if (this.#calls.delete(done)) done(outcome);
    };
    life.run(() => {
      this.#ready
        .then(() => event(instance))
        .then(
          (value) => life.leave(() => end({ value })),
          (thrown) => life.leave(() => end({ thrown })),
        );
    });
  }

  /** kill ends a life at once; what it has written and not committed is on disk, or not. */
  kill(isCommitted: boolean): void {
    const { life } = this;
    if (!life) return;
    this.note(isCommitted ? "killed, its writes on disk" : "killed");
    if (isCommitted) {
      this.database.commit();
      this.alarm.committed();
    } else this.database.rollback();
    this.#forget(life);
    for (const socket of this.sockets) socket.cut();
    this.sockets.clear();
    for (const [done, of] of this.#calls) {
      if (of !== life) continue;
      this.#calls.delete(done);
      const reset = passing("Durable Object reset because its process died", "durableObjectReset");
      this.#around.world.hop(() => done({ thrown: reset }));
    }
    this.alarm.died();
  }

  /** evict ends a life that does nothing, and says whether it did; its sockets stay. */
  evict(): boolean {
    const { life } = this;
    if (!life || life.pending > 0 || !life.isSettled || this.#calls.size > 0) return false;
    this.note("evicted");
    this.#forget(life);
    return true;
  }

  heard(socket: Socket, message: string): void {
    if (message === "ping") {
      socket.autoRespondedAt = this.#around.world.wall;
      this.#around.world.hop(() => {
        if (socket.readyState === 1) this.life?.run(() => socket.send("pong"));
      });
      return;
    }
    this.deliver(
      (instance) => instance.webSocketMessage(socket, message),
      () => {},
    );
  }

  closed(socket: Socket, code: number, reason: string): void {
    this.sockets.delete(socket);
    this.deliver(
      (instance) => instance.webSocketClose(socket, code, reason),
      () => {},
    );
  }

  #forget(life: Life): void {
    this.life = undefined;
    this.#instance = undefined;
    life.die();
  }

  #start(): Life {
    const { world } = this.#around;
    this.lives += 1;
    this.bornAt = world.queue.now;
    const deployment = this.#around.deployment();
    const name = `${this.name}#${this.lives}`;
    const life = new Life(name, deployment, world, this.database, () => this.alarm.committed());
    this.life = life;
    try {
      life.run(() => {
        this.#ready = Promise.resolve();
        this.#instance = new deployment.OperationsObject(
          this.#context(life, deployment),
          deployment.env,
        ) as unknown as Instance;
      });
    } catch (thrown) {
      this.database.rollback();
      this.#forget(life);
      this.alarm.died();
      throw thrown;
    }
    this.#ready.catch((thrown) => {
      this.note(`its start failed: ${thrown}`);
      if (this.life === life) this.kill(false);
    });
    return life;
  }

  #context(life: Life, deployment: Deployment): DurableObjectState {
    const storage = new ObjectStorage(life, this.database, this.alarm, (query) =>
      this.#statement(query),
    );
    const context = {
      id: { toString: () => this.id, equals: (other: unknown) => String(other) === this.id },
      storage,
      exports: this.#around.exportsOf(life, deployment),
      props: {},
      blockConcurrencyWhile: <T>(work: () => Promise<T>) => {
        const done = work();
        this.#ready = done;
        return done;
      },
      waitUntil: (promise: Promise<unknown>) => {
        life.pending += 1;
        const end = () => {
          life.pending -= 1;
        };
        promise.then(end, end);
      },
      acceptWebSocket: (socket: Socket, tags: readonly string[] = []) => {
        this.sockets.add(socket);
        socket.acceptBy(this, tags);
      },
      getWebSockets: (tag?: string) =>
        [...this.sockets].filter(({ tags }) => tag === undefined || tags.includes(tag)),
      getTags: ({ tags }: Socket) => [...tags],
      setWebSocketAutoResponse: () => {},
      getWebSocketAutoResponseTimestamp: ({ autoRespondedAt }: Socket) =>
        autoRespondedAt === undefined ? null : new Date(autoRespondedAt),
      abort: (reason?: string) => {
        this.kill(false);
        throw new Error(reason ?? "aborted");
      },
    };
    return context as unknown as DurableObjectState;
  }

  #statement(query: string): void {
    if (this.throwAfter > 0) {
      if (isWrite(query)) this.throwAfter -= 1;
      return;
    }
    if (!isWrite(query)) return;
    this.throwing -= 1;
    this.thrown += 1;
    if (this.throwing <= 0) this.throwAfter = Number.POSITIVE_INFINITY;
    const shown = query.replace(/\s+/g, " ").trim().slice(0, 60);
    const { world } = this.#around;
    world.faultAt = world.queue.now;
    this.note(`a statement throws: ${shown}`);
    throw new Error("database or disk is full: SQLITE_FULL");
  }
}

/** passing is an error of the runtime after which it is worth to come back. */
export function passing(message: string, sort: string): Error {
  return Object.assign(new Error(message), { remote: true, retryable: true, [sort]: true });
}

function isReset(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "durableObjectReset" in thrown;
}
