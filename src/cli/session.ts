import type { OperationsClient } from "../client/index.ts";
import type { Asked } from "./failures.ts";
import { glogLine } from "./log/glog.ts";
import { loggedFetch } from "./log/logged-fetch.ts";
import type { Format } from "./output/format.ts";
import { plainText } from "./output/plain-text.ts";
import { Printer } from "./output/printer.ts";
import { Screen } from "./output/screen.ts";
import { type GlobalOptions, levelOption, timeoutOption } from "./settings/global-options.ts";
import { type Access, accessOf } from "./settings/settings.ts";
import { StandardInput } from "./settings/standard-input.ts";
import { within } from "./stops.ts";

/** SessionOptions is what one run of kubecfg was started with. */
export interface SessionOptions {
  readonly options: GlobalOptions;
  /** The value of `-o`. */
  readonly format: Format;
  readonly process: Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env">;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Session is what one command works with: its screens, its client, its signal. */
export class Session {
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly stdin: StandardInput;
  readonly printer: Printer;
  readonly env: NodeJS.ProcessEnv;
  readonly options: GlobalOptions;
  /** Aborted, with a Stop, by Ctrl-C or when `--timeout` is over. */
  readonly signal: AbortSignal;
  readonly #level: number;
  #access: Promise<Access> | undefined;
  #asked: Asked | undefined;

  /** @throws CommandFailure for invalid options */
  constructor({ options, format, process, interrupted }: SessionOptions) {
    const { stdin, stdout, stderr, env } = process;
    this.options = options;
    this.env = env;
    this.stdin = new StandardInput(stdin);
    this.stdout = new Screen(stdout, env);
    this.stderr = new Screen(stderr, env);
    this.printer = new Printer(format, this.stdout);
    this.#level = levelOption(options.v);
    const { timeout } = options;
    this.signal =
      timeout === undefined ? interrupted : within(interrupted, timeoutOption(timeout), timeout);
  }

  /** isInteractive returns whether there is somebody to ask, who sees the question and everything after it. */
  get isInteractive(): boolean {
    return this.stdin.isTerminal && this.stdout.isTerminal && this.stderr.isTerminal;
  }

  /** access returns the service's URL and credentials. @throws see accessOf */
  access(): Promise<Access> {
    const { options, env, stdin } = this;
    this.#access ??= accessOf({ options, env, stdin, warn: (text) => this.tell(text) });
    return this.#access;
  }

  /** asked is the service that this session talks to, once it does. */
  get asked(): Asked | undefined {
    return this.#asked;
  }

  async client(): Promise<OperationsClient> {
    return this.clientOf(await this.access());
  }

  /** clientOf returns a client of a service, which logs its requests if `-v` asks for that. */
  async clientOf({ host, basePath, token, tokenFrom }: Access): Promise<OperationsClient> {
    this.#asked = { host, tokenFrom };
    // Not every command makes requests.
    const client = await import("../client/index.ts");
    const log = (text: string) => this.log(6, "request", text);
    const logged = loggedFetch((url, init) => fetch(url, init), {
      level: this.#level,
      log,
      secrets: [token],
    });
    return new client.OperationsClient({
      url: host,
      basePath,
      token,
      numbers: "exact",
      fetch: logged,
    });
  }

  /** log writes a line to standard error in glog's format, if `-v` is at least `level`. */
  log(level: number, place: string, text: string): void {
    if (this.#level < level) return;
    this.stderr.stream.write(`${glogLine("I", place, text, new Date())}\n`);
  }

  /** tell writes one line to standard error, beside the command's output. */
  tell(text: string): void {
    this.stderr.stream.write(`kubecfg: ${plainText(text)}\n`);
  }
}
