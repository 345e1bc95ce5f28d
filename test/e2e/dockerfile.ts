import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const root = path.resolve(import.meta.dirname, "../..");

/** Instruction is a line of a Dockerfile, with what stands on the lines that go on from it. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** instructionsOf reads a Dockerfile, as far as this repository's goes. */
export function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });
}

/** Image is what a Dockerfile makes, in a directory in the place of a root. */
export interface Image {
  /** Where a path of the image is on this machine. */
  at(place: string): string;
  readonly workdir: string;
  /** The user that CMD is run as. */
  readonly user: string;
  readonly command: readonly string[];
  readonly health: readonly string[];
}

/**
 * imageOf does what a Dockerfile says without Docker: COPY copies what .dockerignore leaves, of what Git
 * knows, and RUN is run by a shell in WORKDIR as this user, with the Node of these tests. Paths
 * of the image stand below `directory`; what is installed on this machine is there too, which is what this
 * cannot show.
 */
export async function imageOf(directory: string): Promise<Image> {
  const text = await readFile(path.join(root, "Dockerfile"), "utf8");
  const stages = new Map<string, string>();
  let at = (place: string) => path.join(directory, "none", place);
  const found = { workdir: "/", user: "root", command: [] as string[], health: [] as string[] };
  for (const { name, rest } of instructionsOf(text)) {
    if (name === "FROM") {
      const stage = path.join(directory, `stage-${stages.size}`);
      stages.set(/ AS (\w+)$/.exec(rest)?.[1] ?? "last", stage);
      at = (place) => path.join(stage, place);
      await mkdir(stage, { recursive: true });
    } else if (name === "WORKDIR") {
      found.workdir = rest;
      await mkdir(at(rest), { recursive: true });
    } else if (name === "COPY") {
      const words = rest.split(" ");
      const from = /^--from=(\w+)$/.exec(words[0] ?? "")?.[1];
      const target = path.resolve(found.workdir, words.at(-1) ?? "");
      for (const source of words.slice(from === undefined ? 0 : 1, -1)) {
        const place = from === undefined ? undefined : path.join(stages.get(from) ?? "", source);
        const into =
          words.length > 2 && words.at(-1)?.endsWith("/")
            ? path.join(target, path.basename(source))
            : target;
        await copy(place, source, at(into));
      }
    } else if (name === "RUN") {
      await ran(rest.replaceAll(/(?<=\s)\/(?:state|backups)\b/g, at), at(found.workdir));
    } else if (name === "USER") found.user = rest;
    else if (name === "CMD") found.command = JSON.parse(rest);
    else if (name === "HEALTHCHECK") found.health = JSON.parse(rest.slice(rest.indexOf("[")));
  }
  return { at, ...found };
}

async function copy(place: string | undefined, source: string, target: string): Promise<void> {
  if (place !== undefined) return cp(place, target, { recursive: true });
  // What the context of a build holds: nothing that Git does not know of is needed.
  const { stdout } = await promisify(execFile)(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--", source],
    { cwd: root, maxBuffer: 1e8 },
  );
  const names = stdout.split("\n").filter((name) => name !== "");
  if (names.length === 0) throw new Error(`There is nothing to COPY at ${source}`);
  if (!(await isAllowed(source))) throw new Error(`.dockerignore leaves out ${source}`);
  for (const name of names) {
    const file = path.join(target, path.relative(source, name));
    await mkdir(path.dirname(file), { recursive: true });
    await cp(path.join(root, name), file);
  }
}

async function isAllowed(source: string): Promise<boolean> {
  const lines = (await readFile(path.join(root, ".dockerignore"), "utf8")).split("\n");
  return lines.includes(`!${source}`);
}

async function ran(command: string, cwd: string): Promise<void> {
  // There is no user of the name outside of the image.
  const here = command.replace(/ && chown node:node .*/, "");
  await promisify(execFile)("sh", ["-ec", here], { cwd, env: environment(), maxBuffer: 1e8 });
}

/** environment is what an image's programs are run in: the Node of these tests, and nothing of npm's. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH = "", HOME, TMPDIR } = process.env;
  const paths = PATH.split(path.delimiter).filter((entry) => !entry.includes("node_modules"));
  return {
    PATH: [path.dirname(process.execPath), ...paths].join(path.delimiter),
    ...(HOME !== undefined && { HOME }),
    ...(TMPDIR !== undefined && { TMPDIR }),
    npm_config_prefer_offline: "true",
  };
}

/** packagesIn are the packages that the image has, by the first part of their names. */
export async function packagesIn(image: Image): Promise<string[]> {
  return readdir(path.join(image.at(image.workdir), "node_modules"));
}

/** statusOf runs a program to its end. */
export async function statusOf(
  [program = "", ...args]: readonly string[],
  cwd: string,
): Promise<number | null> {
  const child = spawn(program, args, { cwd, env: environment(), stdio: "ignore" });
  await once(child, "exit");
  return child.exitCode;
}
