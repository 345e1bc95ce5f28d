import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { entry, environmentOf, type RunOptions } from "./kubecfg.ts";

/** Terminal is a program on a pseudo-terminal, of 100 columns if nothing else is said. */
export interface Terminal {
  /** All that it wrote so far, with every escape. */
  readonly raw: string;
  /** seen resolves when what it wrote, without escapes, holds something; it rejects at the end. */
  seen(what: RegExp): Promise<string>;
  /** type sends keys; "\r" is Enter, "\x03" Ctrl-C. */
  type(keys: string): void;
  /** ended resolves with its status and all that it wrote, without escapes. */
  readonly ended: Promise<{ readonly status: number; readonly text: string }>;
}

/** TerminalOptions say in what it is run, and how wide the terminal is. */
export type TerminalOptions = RunOptions & { readonly columns?: number };

/** onTerminal starts kubecfg on a pseudo-terminal. */
export function onTerminal(args: readonly string[], options: TerminalOptions = {}): Terminal {
  return programOnTerminal(process.execPath, [entry, ...args], options);
}

/** programOnTerminal starts a program on a pseudo-terminal. */
export function programOnTerminal(
  program: string,
  args: readonly string[],
  { env, columns = 100 }: TerminalOptions = {},
): Terminal {
  let raw = "";
  let isOver = false;
  const waiting = new Set<() => void>();
  const child = spawn(program, [...args], {
    cols: columns,
    rows: 30,
    env: { TERM: "xterm-256color", ...environmentOf(env) },
  });
  child.onData((data) => {
    raw += data;
    for (const look of waiting) look();
  });
  const ended = new Promise<{ status: number; text: string }>((resolve) => {
    child.onExit(({ exitCode }) => {
      isOver = true;
      resolve({ status: exitCode, text: stripVTControlCharacters(raw) });
      for (const look of waiting) look();
    });
  });
  return {
    get raw() {
      return raw;
    },
    seen: (what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const text = stripVTControlCharacters(raw);
          if (what.test(text)) resolve(text);
          else if (isOver) reject(new Error(`Ended without ${what}:\n${text}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    type: (keys) => child.write(keys),
    ended,
  };
}
