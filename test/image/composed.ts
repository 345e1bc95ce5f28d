import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** Ran is what a program has written, and the status that it ended with. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Composed is `compose.yaml` as a project of its own, with the image that is there and a token of its own. */
export class Composed {
  readonly #directory: string;
  readonly token = crypto.randomUUID();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * create writes the project, and starts nothing.
   *
   * @param files how many files the service may have open, where the machine allows less than compose.yaml asks for
   */
  static async create(files: number | undefined): Promise<Composed> {
    const made = new Composed(await mkdtemp(path.join(tmpdir(), "edge-operations-compose-")));
    await copyFile(path.join(root, "compose.yaml"), path.join(made.#directory, "compose.yaml"));
    await writeFile(path.join(made.#directory, "operations.env"), `TOKEN=${made.token}\n`, {
      mode: 0o600,
    });
    if (files !== undefined) {
      const less = { services: { operations: { ulimits: { nofile: files } } } };
      const file = path.join(made.#directory, "compose.override.yaml");
      await writeFile(file, JSON.stringify(less));
    }
    return made;
  }

  /** compose runs `docker compose`, and rejects with what it wrote if it fails. */
  async compose(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("docker", ["compose", "--project-name", project, ...args], {
      cwd: this.#directory,
    });
    return stdout;
  }

  /** exec runs a program in the service's container, as the service's user. */
  exec(...args: readonly string[]): Promise<Ran> {
    return this.compose("exec", "--no-TTY", "operations", ...args).then(
      (stdout) => ({ status: 0, stdout, stderr: "" }),
      ({ code, stdout, stderr }) => ({ status: code, stdout, stderr }),
    );
  }

  /** container is what `docker inspect` says of the service's container. */
  async container(): Promise<Container> {
    const id = (await this.compose("ps", "--all", "--quiet")).trim();
    const { stdout } = await run("docker", ["inspect", id]);
    return JSON.parse(stdout)[0];
  }

  /** remove removes the containers with their volumes, and the project. */
  async remove(): Promise<void> {
    await this.compose("down", "--volumes", "--timeout", "1");
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Container is what is read of an inspected container. */
export interface Container {
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string };
  readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** project is the name under which it runs: not that of one who serves from the same engine. */
const project = "edge-operations-test";
