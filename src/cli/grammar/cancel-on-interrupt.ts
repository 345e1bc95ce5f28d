import { Option } from "commander";

/** cancelOnInterrupt returns the option of every command that waits. */
export function cancelOnInterrupt(): Option {
  return new Option("--cancel-on-interrupt", "on Ctrl-C, cancel the operations being waited for");
}
