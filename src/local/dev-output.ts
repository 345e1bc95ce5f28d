/** Output of wrangler that is irrelevant during development. */
const noise =
  /^(?:\s*$|Using secrets defined in |\[wrangler:info\]|\[custom build\] Running|⎔ |\{"time":)/;

/**
 * DevOutput filters wrangler's output for developers: one line for each reload, build errors with their location, and
 * everything else that is not noise.
 */
export class DevOutput {
  #changed: string | undefined;

  /** shown returns what to show instead of a line, or undefined for nothing. */
  shown(line: string): string | undefined {
    const plain = withoutColors(line);
    const changed = /^The file (.+) changed, restarting build/.exec(plain)?.[1];
    if (changed !== undefined) {
      this.#changed = changed;
      return undefined;
    }
    if (plain.includes("Local server updated and ready") && this.#changed !== undefined) {
      const file = this.#changed;
      this.#changed = undefined;
      return `Reloaded: ${file} changed`;
    }
    return noise.test(plain) ? undefined : line;
  }
}

function withoutColors(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it begins the codes of colors
  return line.replace(/\u001b\[[\d;]*m/g, "");
}
