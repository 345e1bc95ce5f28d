import { PassThrough } from "node:stream";
import { Screen } from "../../src/cli/output/screen.ts";

/** FakeScreen is a Screen whose text can be read. */
export type FakeScreen = Screen & { text(): string };

/** fakeScreen is a pipe or, with columns, a terminal without colour. */
export function fakeScreen({ columns }: { readonly columns?: number } = {}): FakeScreen {
  let written = "";
  const stream = new PassThrough();
  stream.on("data", (chunk) => {
    written += chunk;
  });
  const terminal = columns === undefined ? {} : { isTTY: true, columns, rows: 24 };
  // What a Screen reads of a stream of the process is here; the rest is never asked for.
  const screen = new Screen(Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, {
    NO_COLOR: "1",
  });
  return Object.assign(screen, { text: () => written });
}
