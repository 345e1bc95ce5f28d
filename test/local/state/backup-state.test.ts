import { existsSync } from "node:fs";
import {
  chown,
  copyFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { backupState } from "../../../src/local/state/backup-state.ts";
import { restoreState } from "../../../src/local/state/restore-state.ts";

let home = "";
let state = "";
const at = (...names: string[]) => path.join(home, ...names);
const objects = "do/edge-operations-OperationsObject";

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "backup-state-"));
  state = at("state");
  await mkdir(path.join(state, objects), { recursive: true });
  await mkdir(path.join(state, "r2/results/blobs"), { recursive: true });
  await mkdir(path.join(state, "cache/x"), { recursive: true });
});

/** A database as workerd keeps one: with a log, and open. */
function opened(name: string, ...statements: string[]): DatabaseSync {
  const database = new DatabaseSync(path.join(state, name));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  for (const statement of statements) database.exec(statement);
  return database;
}

const alarms =
  "CREATE TABLE _cf_ALARM (actor_id TEXT PRIMARY KEY, scheduled_time INTEGER, actor_name TEXT) WITHOUT ROWID";
const operations = "CREATE TABLE operations (id TEXT PRIMARY KEY) WITHOUT ROWID";

/** A state of one object, whose databases are open. */
function servedState() {
  return {
    object: opened(`${objects}/abc.sqlite`, operations, "INSERT INTO operations VALUES ('first')"),
    metadata: opened(`${objects}/metadata.sqlite`, alarms),
    bucket: opened("r2/bucket.sqlite", "CREATE TABLE blobs (id TEXT)"),
  };
}

const rowsIn = (file: string, table: string) => {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare(`SELECT * FROM ${table}`).all();
  database.close();
  return rows;
};

/** Each inode that a disk is told to take while something is done, in order, and what was there then. */
async function syncsOf(act: () => Promise<unknown>, looks: (ino: number) => unknown) {
  const handle = await open(home, "r");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const { sync } = prototype;
  const syncs: { readonly ino: number; readonly seen: unknown }[] = [];
  prototype.sync = async function (this: FileHandle) {
    const { ino } = await this.stat();
    syncs.push({ ino, seen: looks(ino) });
    await sync.call(this);
  };
  try {
    await act();
  } finally {
    prototype.sync = sync;
  }
  return syncs;
}

const inodeOf = async (file: string) => (await stat(file)).ino;

/** The inodes of a directory and of all that is in it. */
async function inodesIn(directory: string): Promise<number[]> {
  const names = await readdir(directory, { recursive: true });
  return Promise.all(["", ...names].map((name) => inodeOf(path.join(directory, name))));
}

describe("backupState", () => {
  it("has the disk take every file and every directory before it has its name, and its name last", async () => {
    servedState();
    await writeFile(path.join(state, "r2/results/blobs/one"), "bytes");
    const to = at("not", "there", "backup");
    const syncs = await syncsOf(
      () => backupState(state, to),
      () => existsSync(to),
    );
    const before = syncs.filter(({ seen }) => seen === false).map(({ ino }) => ino);
    for (const ino of await inodesIn(to)) expect(before).toContain(ino);
    for (const made of [home, at("not")]) expect(before).toContain(await inodeOf(made));
    expect(syncs.at(-1)).toEqual({ ino: await inodeOf(at("not", "there")), seen: true });
  });

  it("has what is only in the log of a database, which a copy of its file has not", async () => {
    servedState();
    await copyFile(path.join(state, objects, "abc.sqlite"), at("copied.sqlite"));
    expect(() => rowsIn(at("copied.sqlite"), "operations")).toThrow("no such table");
    const made = await backupState(state, at("backup"));
    expect(rowsIn(at("backup", objects, "abc.sqlite"), "operations")).toEqual([{ id: "first" }]);
    expect(made).toMatchObject({ objects: 1, files: 3 });
  });

  it("leaves out caches, logs and what is a process's own, and is its owner's alone", async () => {
    servedState();
    await writeFile(path.join(state, "cache/x/metadata.sqlite"), "");
    await writeFile(path.join(state, ".lock.sqlite"), "");
    await writeFile(path.join(state, "r2/results/blobs/one"), "bytes");
    await backupState(state, at("backup"));
    const names = await readdir(at("backup"), { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map(({ name }) => name);
    expect(files.sort()).toEqual(
      ["abc.sqlite", "backup.json", "bucket.sqlite", "metadata.sqlite", "one"].sort(),
    );
    expect((await stat(at("backup"))).mode & 0o077).toBe(0);
    expect((await stat(at("backup", objects, "abc.sqlite"))).mode & 0o077).toBe(0);
  });

  it("keeps the alarm that an object had, also if it rings before alarms are copied", async () => {
    const { metadata } = servedState();
    metadata.exec("INSERT INTO _cf_ALARM VALUES ('abc', 1795714019579000000, 'default/0')");
    const { prototype } = DatabaseSync;
    const close = prototype.close;
    let closed = 0;
    // The first that is closed has read the alarm; by then it is over.
    prototype.close = function (this: DatabaseSync) {
      close.call(this);
      if (++closed === 1) metadata.exec("DELETE FROM _cf_ALARM");
    };
    try {
      await backupState(state, at("backup"));
    } finally {
      prototype.close = close;
    }
    const file = at("backup", objects, "metadata.sqlite");
    expect(
      rowsIn(file, "(SELECT actor_id, actor_name, scheduled_time / 1000 AS time FROM _cf_ALARM)"),
    ).toEqual([{ actor_id: "abc", actor_name: "default/0", time: 1_795_714_019_579_000 }]);
  });

  it("leaves nothing behind where a database is damaged", async () => {
    servedState().object.close();
    const file = path.join(state, objects, "abc.sqlite");
    const content = await readFile(file);
    content.fill(0xff, 4_096, 4_200);
    await writeFile(file, content);
    await expect(backupState(state, at("backup"))).rejects.toThrow(/damaged|malformed/);
    expect(await readdir(home)).toEqual(["state"]);
  });

  it("refuses a directory without state, and a target that is there", async () => {
    await expect(backupState(at("nowhere"), at("backup"))).rejects.toThrow("There is no state in");
    servedState();
    await mkdir(at("backup"));
    await expect(backupState(state, at("backup"))).rejects.toThrow("it already exists");
  });

  it("refuses a target in the state itself, by whatever way", async () => {
    servedState();
    await symlink(state, at("link"));
    for (const to of [path.join(state, "backup"), path.join(state, "r2/a/b"), at("link/backup")]) {
      await expect(backupState(state, to)).rejects.toThrow("it is inside the state directory");
    }
    await expect(backupState(state, at("state-backup"))).resolves.toMatchObject({ files: 3 });
  });

  it("has nothing of an earlier one that was cut off", async () => {
    servedState();
    const left = at(`backup.${process.pid}.part`);
    await mkdir(left);
    await writeFile(path.join(left, "deleted.sqlite"), "");
    await backupState(state, at("backup"));
    expect(existsSync(at("backup/deleted.sqlite"))).toBe(false);
  });
});

describe("restoreState", () => {
  it("has the disk take its mark before anything, and everything before the mark goes", async () => {
    servedState();
    await backupState(state, at("backup"));
    const into = at("not", "there");
    const has = (name: string) => existsSync(path.join(into, name));
    const syncs = await syncsOf(
      () => restoreState(at("backup"), into),
      () => (has(".restoring") ? (has("do") ? "copied" : "marked") : "unmarked"),
    );
    const during = syncs.filter(({ seen }) => seen === "copied").map(({ ino }) => ino);
    const own = [
      into,
      ...["do", "r2", objects, `${objects}/abc.sqlite`].map((of) => at("not/there", of)),
    ];
    for (const file of own) expect(during).toContain(await inodeOf(file));
    const last = await inodeOf(into);
    expect(syncs).toContainEqual({ ino: last, seen: "marked" });
    expect(syncs.at(-1)).toEqual({ ino: last, seen: "unmarked" });
    expect(syncs[0]).toMatchObject({ ino: await inodeOf(at("not")) });
    expect(syncs.map(({ ino }) => ino)).toContain(await inodeOf(home));
  });

  it("makes the state anew in an empty directory, and nowhere else", async () => {
    servedState();
    await backupState(state, at("backup"));
    await mkdir(at("mount"));
    await restoreState(at("backup"), at("mount"));
    expect(rowsIn(at("mount", objects, "abc.sqlite"), "operations")).toEqual([{ id: "first" }]);
    expect(existsSync(at("mount/.restoring"))).toBe(false);
    await expect(restoreState(at("backup"), at("mount"))).rejects.toThrow("it is not empty");
    await expect(restoreState(at("backup"), state)).rejects.toThrow("it is not empty");
  });

  it.runIf(process.getuid?.() === 0)("by root gives it to whom the directory belongs", async () => {
    servedState();
    await backupState(state, at("backup"));
    await mkdir(at("mount"));
    await chown(at("mount"), 1_000, 1_001);
    await restoreState(at("backup"), at("mount"));
    const names = await readdir(at("mount"), { recursive: true });
    const owners = await Promise.all(names.map((name) => stat(at("mount", name))));
    expect(names).toContain(`${objects}/abc.sqlite`);
    expect(new Set(owners.map(({ uid, gid }) => `${uid}:${gid}`))).toEqual(new Set(["1000:1001"]));
  });

  it("refuses what is no whole backup", async () => {
    await expect(restoreState(state, at("new"))).rejects.toThrow("no readable backup.json");
    servedState();
    const { files } = await backupState(state, at("backup"));
    const manifest = at("backup/backup.json");
    await writeFile(manifest, JSON.stringify({ files: files + 1 }));
    await expect(restoreState(at("backup"), at("new"))).rejects.toThrow("it has 3 of 4 files");
    await writeFile(manifest, JSON.stringify({ files }));
    await expect(restoreState(at("backup"), at("new"))).resolves.toMatchObject({ files });
  });
});
