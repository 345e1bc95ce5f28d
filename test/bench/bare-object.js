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

  /** echo is an RPC that touches no storage. */
  echo(text) {
    return text;
  }
}

// The thinnest front: `POST /{what}/{key}`, or `GET /read/{key}`.
export default {
  async fetch(request, env) {
    const [, , , what, key] = request.url.split("/");
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
      case "echo":
        return new Response(await object.echo(await request.text()));
      default:
        return new Response(null, { status: 404 });
    }
  },
};
