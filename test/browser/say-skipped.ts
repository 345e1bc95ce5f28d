import { executable, mustSkip } from "./chromium.ts";

/** setup says plainly that what follows is skipped, where it is. */
export function setup(): void {
  if (!mustSkip) return;
  console.warn(
    `\nSKIPPED: the tests of the page in a browser (test/browser/), for there is no ${executable}.\n` +
      "Install Debian's package chromium, or name one by CHROMIUM. Where CI is set they fail instead.\n",
  );
}
