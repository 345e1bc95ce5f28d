import { DurableObject } from "cloudflare:workers";

/**
 * OperationsObject is the bare object: what one Durable Object does with one table and no thought.
 * It bears the name of ours so that src/local/runtime.ts serves both in the very same way.
 */
export class OperationsObject extends DurableObject {
  #sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS map (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
  }

  /** insert is one statement, one commit. */
  insert(key, value) {
    this.#sql.exec("INSERT INTO map (key, value) VALUES (?, ?)", key, value);
  }

  /** insertUpdate is two statements in one commit: the runtime commits once for each event. */
  insertUpdate(key, value) {
    this.insert(key, "");
    this.#sql.exec("UPDATE map SET value = ? WHERE key = ?", value, key);
    return value;
  }

  /** insertCommitUpdate is two statements in two commits: the row is on disk before its result. */
  async insertCommitUpdate(key, value) {
    this.insert(key, "");
    await this.ctx.storage.sync();
    this.#sql.exec("UPDATE map SET value = ? WHERE key = ?", value, key);
    return value;
  }

  /** read is one look-up by key. */
  read(key) {
    return this.#sql.exec("SELECT value FROM map WHERE key = ?", key).one().value;
  }

  /** fill stores so many rows. */
  fill(count, value) {
    for (let n = 0; n < count; n++) this.insert(String(n).padStart(4, "0"), value);
  }

  /** page is so many rows before a key, the last first. */
  page(key, limit) {
    const query = "SELECT key, value FROM map WHERE key < ? ORDER BY key DESC LIMIT ?";
    return this.#sql.exec(query, key, limit).toArray();
  }

  /** fetch accepts a hibernating socket that only listens. */
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** sockets is how many sockets listen. */
  sockets() {
    return this.ctx.getWebSockets().length;
  }

  /** broadcast tells every socket the same. */
  broadcast(text) {
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
  }

  /** dismiss tells every socket the same, and closes it. */
  dismiss(text) {
    for (const socket of this.ctx.getWebSockets()) {
      socket.send(text);
      socket.close(1000, "done");
    }
  }

  /** webSocketClose has nothing to tidy up. */
  webSocketClose() {}

  /** echo is an RPC that touches no storage. */
  echo(text) {
    return text;
  }
}

/** waited is a long poll: the Worker holds the request, and the object a hibernating socket. */
async function waited(object, request) {
  const { webSocket } = await object.fetch(request.url, { headers: { upgrade: "websocket" } });
  const told = new Promise((resolve) => {
    webSocket.addEventListener("message", ({ data }) => resolve(data));
  });
  webSocket.accept();
  return new Response(await told);
}

/** pageSize is how many rows a page has. */
const pageSize = 20;

/** paged is the objects of which each has a part of the rows. */
function paged(env, count) {
  return Array.from({ length: count }, (_, n) => env.OPERATIONS.getByName(`paged-${count}-${n}`));
}

/** pageOf is one page of several objects: each is asked for its part of it and three standard deviations. */
async function pageOf(objects, key) {
  const part = pageSize / objects.length;
  const limit = objects.length === 1 ? pageSize : Math.ceil(part + 3 * Math.sqrt(part));
  const pages = await Promise.all(objects.map((object) => object.page(key, limit)));
  const rows = pages.flat().sort((one, other) => (one.key < other.key ? 1 : -1));
  return Response.json(rows.slice(0, pageSize));
}

// The thinnest front: `POST /{what}/{key}`, `GET /read/{key}`, a socket at `/watch/{key}`,
// or a long poll at `/wait/{key}`; `/page/{key}/{objects}` is a page of several objects, after `/fill/{rows}/{objects}`.
export default {
  async fetch(request, env) {
    const [, , , what, key, count] = request.url.split("/");
    const object = env.OPERATIONS.getByName("bare");
    switch (what) {
      case "insert":
        await object.insert(key, await request.text());
        return new Response(key, { status: 202 });
      case "insertUpdate":
        return new Response(await object.insertUpdate(key, await request.text()));
      case "insertCommitUpdate":
        return new Response(await object.insertCommitUpdate(key, await request.text()));
      case "read":
        return new Response(await object.read(key));
      case "fill": {
        const value = await request.text();
        await Promise.all(paged(env, Number(count)).map((one) => one.fill(key / count, value)));
        return new Response("filled");
      }
      case "page":
        return pageOf(paged(env, Number(count)), key);
      case "sockets":
        return new Response(String(await object.sockets()));
      case "echo":
        return new Response(await object.echo(await request.text()));
      case "watch":
        return object.fetch(request);
      case "wait":
        return waited(object, request);
      case "broadcast":
        await object.broadcast(await request.text());
        return new Response("told");
      case "dismiss":
        await object.dismiss(await request.text());
        return new Response("told");
      default:
        return new Response(null, { status: 404 });
    }
  },
};
