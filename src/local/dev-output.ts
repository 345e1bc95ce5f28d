/** What wrangler says on its way that helps nobody who has just saved a file. */
const noise =
  /^(?:\s*$|Using secrets defined in |\[wrangler:info\]|\[custom build\] Running|⎔ |\{"time":)/;

/**
 * DevOutput makes of wrangler's lines what somebody at work wants to read: one line for each
 * reload, build errors with their place, and whatever else is no noise.
 */
export class DevOutput {
  #changed: string | undefined;

  /** shown returns what to show in the place of a line, or undefined for nothing. */
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
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colors are made of
  return line.replace(/\u001b\[[\d;]*m/g, "");
}
